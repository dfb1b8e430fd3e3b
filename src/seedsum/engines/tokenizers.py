"""Text to a model's tokens and back, for the two kinds of tokenizer that models come with.

What costs quality silently is decided here: the Unicode form, where the language tokens go, what
the decoder starts with, and that no text of an article is ever read as a control token.
Neighbours: both engines; nothing else calls this.
"""

from __future__ import annotations

import threading
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from seedsum.errors import ModelError
from seedsum.records import Direction, ModelSpec, ResolvedModel


class Tokenizer(Protocol):
    """What an engine needs of a tokenizer."""

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the source tokens, special and language tokens included; never truncates."""
        ...

    def target_prefix(self, direction: Direction | None) -> tuple[str, ...]:
        """Return the tokens that the output has to begin with, before any text."""
        ...

    def decode(self, tokens: Sequence[str]) -> str:
        """Return the text of target tokens; control tokens leave no trace, `<unk>` does."""
        ...


def load_tokenizer(model: ResolvedModel) -> Tokenizer:
    """Load the tokenizer that the model's spec describes, from the model's folder.

    Raises:
        ModelError: A file is missing or broken, or the spec names an unknown kind or form.
    """
    spec = model.spec
    if model.folder is None:
        raise ModelError(f"model {spec.name}: has no folder, so there is no tokenizer to load")
    normalize = _normalizer(spec)
    if spec.tokenizer.kind == "sentencepiece":
        return SentencePieceTokenizer(spec, model.folder, normalize)
    if spec.tokenizer.kind == "transformers":
        return TransformersTokenizer(spec, model.folder, normalize)
    raise ModelError(
        f"model {spec.name}: unknown tokenizer kind {spec.tokenizer.kind!r} "
        "(known: sentencepiece, transformers)"
    )


# --------------------------------------------------------------------------------------------
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
        if pair in text:
            text = text.replace(pair, letter)
    return text


_FORMS: dict[str, Callable[[str], str]] = {
    "NFC": lambda text: unicodedata.normalize("NFC", text),
    "NFKC": lambda text: unicodedata.normalize("NFKC", text),
    "composed": compose_nukta,
    "none": lambda text: text,
}


def _normalizer(spec: ModelSpec) -> Callable[[str], str]:
    """Return what makes a text the model's input text: prefix, its form, single spaces."""
    try:
        form = _FORMS[spec.tokenizer.normalization]
    except KeyError:
        raise ModelError(
            f"model {spec.name}: unknown normalization {spec.tokenizer.normalization!r} "
            f"(known: {', '.join(_FORMS)})"
        ) from None
    prefix = spec.tokenizer.source_prefix
    return lambda text: " ".join(f"{prefix} {form(text)}".split())


def _language_token(spec: ModelSpec, language: str) -> str:
    for tag, token in spec.language_codes:
        if tag == language:
            return token
    known = ", ".join(tag for tag, _ in spec.language_codes)
    raise ModelError(
        f"model {spec.name}: has no language code for {language!r} (known: {known}); "
        "add it to language_codes in models.toml or choose another model for this route"
    )


def _language_tokens(spec: ModelSpec, direction: Direction | None) -> tuple[str, str] | None:
    """Return the source's and the target's token, or None for a model without any."""
    if not spec.language_codes:
        return None
    if direction is None:
        raise ModelError(
            f"model {spec.name}: has language codes, so it translates; it cannot summarise"
        )
    return _language_token(spec, direction.source), _language_token(spec, direction.target)


# --------------------------------------------------------------------------------------------
# The two kinds


class SentencePieceTokenizer:
    """SentencePiece files beside the weights, as quickmt models and our own have them."""

    def __init__(self, spec: ModelSpec, folder: Path, normalize: Callable[[str], str]) -> None:
        """Load the files; see `load_tokenizer`."""
        self._spec = spec
        self._normalize = normalize
        self._source = _load_sentencepiece(spec, folder, spec.tokenizer.source_model)
        target = spec.tokenizer.target_model
        self._target = _load_sentencepiece(spec, folder, target) if target else self._source
        self._is_piece: dict[str, bool] = {}

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the source tokens; see `Tokenizer`."""
        languages = _language_tokens(self._spec, direction)
        pieces: list[str] = self._source.encode(self._normalize(text), out_type=str)
        return (
            *(languages[:1] if languages else ()),
            *pieces,
            *self._spec.tokenizer.source_suffix,
        )

    def target_prefix(self, direction: Direction | None) -> tuple[str, ...]:
        """Return the target's language token, if the model has one."""
        languages = _language_tokens(self._spec, direction)
        return languages[1:] if languages else ()

    def decode(self, tokens: Sequence[str]) -> str:
        """Return the text; tokens that SentencePiece does not know are control tokens."""
        is_piece = self._is_piece
        for token in tokens:
            if token not in is_piece:
                token_id = self._target.piece_to_id(token)
                unknown = token_id == self._target.unk_id()
                is_piece[token] = not unknown or token == self._target.id_to_piece(token_id)
        text: str = self._target.decode_pieces([token for token in tokens if is_piece[token]])
        return text.strip()


def _load_sentencepiece(spec: ModelSpec, folder: Path, name: str) -> Any:
    import sentencepiece

    if not name:
        raise ModelError(
            f"model {spec.name}: the tokenizer needs source_model, the name of a SentencePiece "
            "file in the model's folder; set it in models.toml"
        )
    path = folder / name
    if not path.is_file():
        raise ModelError(
            f"model {spec.name}: {path} is missing; "
            "check source_model and target_model in models.toml, or pull the model again"
        )
    processor = sentencepiece.SentencePieceProcessor()
    try:
        processor.load(str(path))
    except (OSError, RuntimeError) as error:
        raise ModelError(
            f"model {spec.name}: {path} is no SentencePiece model ({error}); pull it again"
        ) from error
    return processor


class TransformersTokenizer:
    """The tokenizer files of a Hub repository, read by transformers."""

    def __init__(self, spec: ModelSpec, folder: Path, normalize: Callable[[str], str]) -> None:
        """Load the files; see `load_tokenizer`."""
        self._spec = spec
        self._normalize = normalize
        self.backend = _load_auto_tokenizer(spec, folder)
        # The languages are a state of the backend, and a fast one must not be used by two threads.
        self._lock = threading.Lock()
        self._control = set(self.backend.all_special_tokens) - {self.backend.unk_token}
        # M2M100 calls a language `vi` in its methods and `__vi__` in its vocabulary.
        codes = getattr(self.backend, "lang_code_to_token", {})
        self._backend_codes = {token: code for code, token in codes.items()}
        vocabulary = self.backend.get_vocab()
        for _, token in spec.language_codes:
            if token not in vocabulary:
                raise ModelError(
                    f"model {spec.name}: the tokenizer has no token {token!r}; "
                    "correct language_codes in models.toml"
                )

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the source tokens; see `Tokenizer`."""
        with self._lock:
            languages = self._set_languages(direction)
            ids = self._ids(text=self._normalize(text))
            tokens = tuple(self.backend.convert_ids_to_tokens(ids))
        if languages and languages[0] not in tokens:
            raise ModelError(
                f"model {self._spec.name}: the tokenizer leaves out the source's language token "
                f"{languages[0]!r}; check language_codes in models.toml"
            )
        return tokens

    def target_prefix(self, direction: Direction | None) -> tuple[str, ...]:
        """Return what the tokenizer puts before a target text: a language token, BART's `<s>`."""
        with self._lock:
            languages = self._set_languages(direction)
            ids = self._ids(text_target="")
            tokens = tuple(self.backend.convert_ids_to_tokens(ids))
        prefix = tokens[: tokens.index(self.backend.eos_token)]
        if languages and prefix != languages[1:]:
            raise ModelError(
                f"model {self._spec.name}: the output would begin with {prefix}, not with the "
                f"language token {languages[1]!r}; models that are told the language in another "
                "way (mBART-25) are not supported, use mBART-50, M2M100 or NLLB"
            )
        return prefix

    def decode(self, tokens: Sequence[str]) -> str:
        """Return the text; see `Tokenizer`."""
        kept = [token for token in tokens if token not in self._control]
        with self._lock:
            text: str = self.backend.convert_tokens_to_string(kept)
        return text.strip()

    def _ids(self, **text: str) -> list[int]:
        # split_special_tokens: '</s>' in an article is text, not the end of it.
        ids: list[int] = self.backend(
            **text, truncation=False, split_special_tokens=True, verbose=False
        )["input_ids"]
        return ids

    def _set_languages(self, direction: Direction | None) -> tuple[str, str] | None:
        languages = _language_tokens(self._spec, direction)
        if languages is not None:
            source, target = (self._backend_codes.get(token, token) for token in languages)
            if self.backend.src_lang != source:
                self.backend.src_lang = source
            self.backend.tgt_lang = target
        return languages


def _load_auto_tokenizer(spec: ModelSpec, folder: Path) -> Any:
    import transformers

    try:
        with warnings.catch_warnings():
            # MarianTokenizer recommends sacremoses, and then never calls it (5.23).
            warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
            backend = transformers.AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False
            )
    except Exception as error:  # the many libraries below raise everything from OSError to bare
        raise ModelError(
            f"model {spec.name}: no tokenizer can be read from {folder} "
            f"({type(error).__name__}: {error}); pull the model again, or name its SentencePiece "
            "files in models.toml"
        ) from error
    if getattr(backend, "separate_vocabs", False):
        raise ModelError(
            f"model {spec.name}: Marian models with separate source and target vocabularies are "
            "not supported; choose a model with a shared one"
        )
    return backend
