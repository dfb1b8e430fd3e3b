"""Pieces of text with control tokens around them: what models of translation and summaries read."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from seedsum.errors import ModelError, UnsoundModelError
from seedsum.records import Direction, ModelSpec

# Unicode forms

#: Indic letters with a nukta that have a code point of their own, which NFC takes apart (they are
#: composition exclusions): the two code points -> the one. Bengali has ড়, ঢ় and য়.
_NUKTA_LETTERS = {
    unicodedata.normalize("NFC", letter): letter
    for letter in map(chr, range(0x0900, 0x0E00))
    if len(unicodedata.normalize("NFC", letter)) == 2
}


def compose_nukta(text: str) -> str:
    """Return the text in NFC, but with each Indic nukta letter as its one code point.

    NFC writes Bengali য় as two code points; text from the web mostly has one, so that a model
    trained on text as it came knows only that.
    """
    text = unicodedata.normalize("NFC", text)
    for pair, letter in _NUKTA_LETTERS.items():
        text = text.replace(pair, letter)
    return text


_FORMS: dict[str, Callable[[str], str]] = {
    "NFC": lambda text: unicodedata.normalize("NFC", text),
    "NFKC": lambda text: unicodedata.normalize("NFKC", text),
    "composed": compose_nukta,
    "none": lambda text: text,
}


def normalizer(spec: ModelSpec) -> Callable[[str], str]:
    """Return what brings a source text into the form that the model was trained on."""
    form = _FORMS.get(spec.tokenizer.normalization)
    if form is None:
        raise ModelError(
            f"model {spec.name}: unknown normalization {spec.tokenizer.normalization!r} "
            f"(known: {', '.join(_FORMS)})"
        )
    return lambda text: " ".join(f"{spec.tokenizer.source_prefix} {form(text)}".split())


# Languages


def check_languages(spec: ModelSpec, knows: Callable[[str], bool]) -> None:
    """Raise an UnsoundModelError where the tokenizer lacks a language's token."""
    missing = [token for _, token in spec.language_codes if not knows(token)]
    if missing:
        raise UnsoundModelError(
            f"model {spec.name}: the tokenizer has no token {missing[0]!r}; "
            "correct language_codes in models.toml"
        )


def language_tokens(spec: ModelSpec, direction: Direction | None) -> tuple[str, ...]:
    """Return the tokens of source and target language; none of a model without them."""
    tokens = dict(spec.language_codes)
    if not tokens:
        return ()
    if direction is None:
        raise ModelError(
            f"model {spec.name}: has language codes, so it translates; it cannot summarise"
        )
    try:
        return tokens[direction.source], tokens[direction.target]
    except KeyError as error:
        raise ModelError(
            f"model {spec.name}: has no language code for {error} (known: {', '.join(tokens)}); "
            "add it to language_codes in models.toml or choose another model for this route"
        ) from None


# Pieces of text: neither reads anything in a text as a control token


class SentencePieces:
    """The pieces of a SentencePiece file.

    The model may have another `vocabulary`, and copy pieces of the `other` side's file.
    """

    def __init__(
        self, processor: Any, vocabulary: frozenset[str] | None = None, other: Any = None
    ) -> None:
        self._processor = processor
        self._vocabulary = vocabulary
        self._unknown: str = processor.id_to_piece(processor.unk_id())
        self._pieces = frozenset(
            each.id_to_piece(token_id)
            for each in (processor, other or processor)
            for token_id in range(each.get_piece_size())
            if not each.is_control(token_id)
        )

    def split(self, text: str) -> list[str]:
        """Return the pieces of a text."""
        pieces = self._processor.encode(text, out_type=str)
        return [piece if self.knows(piece) else self._unknown for piece in pieces]

    def join(self, tokens: Sequence[str]) -> str:
        """Return the text of pieces, without control tokens."""
        pieces = [token for token in tokens if token in self._pieces]
        # A piece of the other side is unknown to this one, and comes back with its space as it is.
        text: str = self._processor.decode_pieces(pieces).replace("▁", " ")
        return text.replace(" ⁇ ", f" {self._unknown} ") if self._unknown in pieces else text

    def knows(self, token: str) -> bool:
        """Return whether the model has a token."""
        return self._vocabulary is None or token in self._vocabulary


class FastPieces:
    """The pieces of a tokenizer of the `tokenizers` library."""

    def __init__(self, tokenizer: Any) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True  # '</s>' in an article is text, not the end of it
        self._tokenizer = tokenizer
        unknown = getattr(tokenizer.model, "unk_token", None)
        added = tokenizer.get_added_tokens_decoder().values()
        self._control = {t.content for t in added if t.special} - {unknown or "<unk>"}

    def split(self, text: str) -> list[str]:
        """Return the pieces of a text."""
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        return [self._tokenizer.id_to_token(token_id) for token_id in ids]

    def join(self, tokens: Sequence[str]) -> str:
        """Return the text of pieces, without control tokens."""
        text: str = self._tokenizer.decoder.decode([t for t in tokens if t not in self._control])
        return text

    def knows(self, token: str) -> bool:
        """Return whether the model has a token."""
        return self._tokenizer.token_to_id(token) is not None


Pieces = SentencePieces | FastPieces


class PieceTokenizer:
    """Pieces of text with control tokens around them."""

    def __init__(
        self,
        spec: ModelSpec,
        source: Pieces,
        target: Pieces,
        *,
        start: tuple[str, ...] = (),
        after: tuple[str, ...] = (),
        code: str = "",
    ) -> None:
        """Take the pieces of source and target texts.

        The spec's language codes come before all else, on both sides; then the tokens `start`.
        Tokens `after` end the source, and `code` is the spec's prefix, where it is one token.
        """
        self._spec = spec
        self._normalize = normalizer(spec)
        self._source, self._target = source, target
        self._start, self._after, self._code = start, after, code
        check_languages(spec, source.knows)

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the source tokens, special and language tokens included; never truncates."""
        return (
            *language_tokens(self._spec, direction)[:1],
            *self._start,
            *([self._code] if self._code else ()),
            *self._source.split(self._normalize(text).removeprefix(self._code)),
            *self._after,
        )

    def encode_target(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the tokens of a target text alone, without prefix and end of sentence."""
        return tuple(self._target.split(" ".join(text.split())))

    def target_prefix(self, direction: Direction | None) -> tuple[str, ...]:
        """Return what the output has to begin with: a language token, BART's `<s>`, or nothing."""
        return (*language_tokens(self._spec, direction)[1:], *self._start)

    def decode(self, tokens: Sequence[str]) -> str:
        """Return the text of target tokens; control tokens leave no trace, `<unk>` does."""
        return self._target.join(tokens).strip()
