"""Text to a model's tokens and back, for the kinds of tokenizer that models come with.

What costs quality silently is decided here: the Unicode form, where the language tokens go, what
the decoder starts with, and that no text of an article is ever read as a control token.

Tokenizers are read by `sentencepiece` and `tokenizers` directly. transformers reads those that
neither covers, and all of its own engine, so that a conversion is compared with what it comes from.
"""

from __future__ import annotations

import json
import threading
import unicodedata
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from seedsum.errors import ModelError
from seedsum.records import Direction, ModelSpec, ResolvedModel


class Tokenizer(Protocol):
    """What an engine needs of a tokenizer."""

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the source tokens, special and language tokens included; never truncates."""
        ...

    def encode_target(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the tokens of a target text alone, without prefix and end of sentence."""
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
    spec, folder = model.spec, _folder(model)
    if spec.tokenizer.kind == "sentencepiece":
        return _own_sentencepiece(spec, folder)
    if spec.tokenizer.kind == "transformers":
        return _of_the_hub(spec, folder) or load_transformers_tokenizer(model)
    raise ModelError(
        f"model {spec.name}: unknown tokenizer kind {spec.tokenizer.kind!r} "
        "(known: sentencepiece, transformers)"
    )


def load_transformers_tokenizer(model: ResolvedModel) -> TransformersTokenizer:
    """Load the tokenizer of a Hub repository with transformers.

    Raises:
        ModelError: A file is missing or broken, or the spec names another kind.
    """
    spec, folder = model.spec, _folder(model)
    if spec.tokenizer.kind != "transformers":
        raise ModelError(
            f'model {spec.name}: the transformers engine needs tokenizer kind "transformers"'
        )
    return TransformersTokenizer(spec, folder, _normalizer(spec))


def _folder(model: ResolvedModel) -> Path:
    if model.folder is None:
        raise ModelError(f"model {model.spec.name}: has no folder, so there is no tokenizer in it")
    return model.folder


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


def _check_languages(spec: ModelSpec, knows: Callable[[str], bool]) -> None:
    for _, token in spec.language_codes:
        if not knows(token):
            raise ModelError(
                f"model {spec.name}: the tokenizer has no token {token!r}; "
                "correct language_codes in models.toml"
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
# Pieces of text


#: What stands for a space in SentencePiece's pieces.
_SPACE = "▁"


class SentencePieces:
    """The pieces of a SentencePiece file, for models with the vocabulary of another file."""

    def __init__(
        self, processor: Any, vocabulary: frozenset[str] | None = None, other: Any = None
    ) -> None:
        """Take the processor.

        Args:
            processor: Of the file.
            vocabulary: What the model knows; pieces that it lacks are split off as unknown.
            other: The processor of the other side, whose pieces the model may copy.
        """
        self._processor = processor
        self._others = (processor,) if other is None else (processor, other)
        self._vocabulary = vocabulary
        self._unknown: str = processor.id_to_piece(processor.unk_id())
        self._is_piece: dict[str, bool] = {}

    def split(self, text: str) -> list[str]:
        """Return the pieces of a text, in which nothing is read as a control token."""
        pieces: list[str] = self._processor.encode(text, out_type=str)
        if self._vocabulary is None:
            return pieces
        return [piece if piece in self._vocabulary else self._unknown for piece in pieces]

    def join(self, tokens: Sequence[str]) -> str:
        """Return the text of those tokens that are pieces and no control tokens."""
        for token in tokens:
            if token not in self._is_piece:
                self._is_piece[token] = any(_has_piece(p, token) for p in self._others)
        pieces = [token for token in tokens if self._is_piece[token]]
        if self._vocabulary is None:
            return str(self._processor.decode_pieces(pieces))
        # A piece of the other side is unknown to this one, and comes back with its space as it is.
        runs = [list(run) for _, run in groupby(pieces, key=self._unknown.__eq__)]
        texts = (
            f"{self._unknown} " * len(run)
            if run[0] == self._unknown
            else self._processor.decode_pieces(run).replace(_SPACE, " ")
            for run in runs
        )
        return "".join(texts)

    def knows(self, token: str) -> bool:
        """Return whether the model knows the token, as far as can be told."""
        return self._vocabulary is None or token in self._vocabulary


def _has_piece(processor: Any, token: str) -> bool:
    token_id = processor.piece_to_id(token)
    known = token_id != processor.unk_id() or token == processor.id_to_piece(token_id)
    return known and not processor.is_control(token_id)


class FastPieces:
    """The pieces of a tokenizer of the `tokenizers` library."""

    def __init__(self, tokenizer: Any) -> None:
        """Take the tokenizer."""
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True  # '</s>' in an article is text, not the end of it
        self._tokenizer = tokenizer
        unknown = getattr(tokenizer.model, "unk_token", None)
        added = tokenizer.get_added_tokens_decoder().values()
        self._control = {t.content for t in added if t.special} - {unknown or "<unk>"}

    def split(self, text: str) -> list[str]:
        """Return the pieces of a text, in which nothing is read as a control token."""
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        return [self._tokenizer.id_to_token(token_id) for token_id in ids]

    def join(self, tokens: Sequence[str]) -> str:
        """Return the text of those tokens that are no control tokens."""
        text: str = self._tokenizer.decoder.decode([t for t in tokens if t not in self._control])
        return text

    def knows(self, token: str) -> bool:
        """Return whether the tokenizer knows the token."""
        return self._tokenizer.token_to_id(token) is not None


Pieces = SentencePieces | FastPieces


class PieceTokenizer:
    """Pieces of text with control tokens around them; see `Tokenizer`."""

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
        """Take the pieces of both sides, and what stands around them.

        Args:
            spec: Its language codes come before all else, on both sides.
            source, target: Pieces of the source text and of the target text.
            start: Control tokens before the pieces of either side.
            after: Control tokens after the source pieces.
            code: The spec's prefix, where it is one token of the source.
        """
        self._spec = spec
        self._normalize = _normalizer(spec)
        self._source, self._target = source, target
        self._start, self._after, self._code = start, after, code
        _check_languages(spec, source.knows)

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the source tokens; see `Tokenizer`."""
        languages = _language_tokens(self._spec, direction)
        return (
            *(languages[:1] if languages else ()),
            *self._start,
            *([self._code] if self._code else ()),
            *self._source.split(self._normalize(text).removeprefix(self._code)),
            *self._after,
        )

    def encode_target(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the target tokens; see `Tokenizer`."""
        return tuple(self._target.split(" ".join(text.split())))

    def target_prefix(self, direction: Direction | None) -> tuple[str, ...]:
        """Return the target's language token, if the model has one, and BART's `<s>`."""
        languages = _language_tokens(self._spec, direction)
        return (*(languages[1:] if languages else ()), *self._start)

    def decode(self, tokens: Sequence[str]) -> str:
        """Return the text; see `Tokenizer`."""
        return self._target.join(tokens).strip()


# --------------------------------------------------------------------------------------------
# Files


def _own_sentencepiece(spec: ModelSpec, folder: Path) -> Tokenizer:
    """Return a tokenizer of the files that the spec names, as quickmt and our own models have."""
    named = spec.tokenizer
    if not named.source_model:
        raise ModelError(
            f"model {spec.name}: the tokenizer needs source_model, the name of a SentencePiece "
            "file in the model's folder; set it in models.toml"
        )
    source = SentencePieces(_processor(spec, folder, named.source_model))
    target = source
    if named.target_model:
        target = SentencePieces(_processor(spec, folder, named.target_model))
    return PieceTokenizer(spec, source, target, after=named.source_suffix)


@dataclass(frozen=True, slots=True)
class _HubKind:
    """How a class of transformers' tokenizers is read.

    Attributes:
        sentencepiece: Files of the source and the target, where there is no tokenizer.json.
        vocabulary: File with the ids of the pieces, if they are not SentencePiece's own.
        starts: Whether `<s>` begins source and target.
    """

    sentencepiece: tuple[str, ...] = ()
    vocabulary: str = ""
    starts: bool = False


_HUB_KINDS: dict[str, _HubKind] = {
    "MarianTokenizer": _HubKind(("source.spm", "target.spm"), "vocab.json"),
    "M2M100Tokenizer": _HubKind(("sentencepiece.bpe.model",), "vocab.json"),
    "NllbTokenizer": _HubKind(("sentencepiece.bpe.model",)),
    "MBart50Tokenizer": _HubKind(("sentencepiece.bpe.model",)),
    "PegasusTokenizer": _HubKind(("spiece.model",)),
    "T5Tokenizer": _HubKind(("spiece.model",)),
    "BartTokenizer": _HubKind(starts=True),
    "RobertaTokenizer": _HubKind(starts=True),
}


def _of_the_hub(spec: ModelSpec, folder: Path) -> Tokenizer | None:
    """Return the tokenizer of a Hub repository, or None where its kind is not in the table."""
    config = _read_json(folder / "tokenizer_config.json")
    kind = _HUB_KINDS.get(str(config.get("tokenizer_class", "")).removesuffix("Fast"))
    if kind is None or config.get("legacy_behaviour"):  # NLLB's first tokens stood elsewhere
        return None
    if config.get("separate_vocabs"):
        raise _separate_vocabularies(spec)
    end = _content(config.get("eos_token"), "</s>")
    start = (_content(config.get("bos_token"), "<s>"),) if kind.starts else ()
    pieces = _hub_pieces(spec, folder, kind)
    if pieces is None:
        return None
    # Marian's models of many languages are told the target by a token before the text.
    code = spec.tokenizer.source_prefix
    code = code if code.startswith(">>") and pieces[0].knows(code) else ""
    return PieceTokenizer(spec, *pieces, start=start, after=(end,), code=code)


def _hub_pieces(spec: ModelSpec, folder: Path, kind: _HubKind) -> tuple[Pieces, Pieces] | None:
    import tokenizers

    try:
        if not kind.vocabulary and (whole := folder / "tokenizer.json").is_file():
            fast = FastPieces(tokenizers.Tokenizer.from_file(str(whole)))
            return fast, fast
        if kind.starts and (folder / "vocab.json").is_file():
            fast = FastPieces(_byte_level(folder))
            return fast, fast
    except Exception as error:  # the library raises nothing more precise
        raise _unreadable(spec, folder, error) from error
    if not kind.sentencepiece or not (folder / kind.sentencepiece[0]).is_file():
        return None
    processors = [_processor(spec, folder, name) for name in kind.sentencepiece]
    known = frozenset(_vocabulary(folder, kind)) or None
    first, last = processors[0], processors[-1]
    return SentencePieces(first, known), SentencePieces(last, known, other=first)


def _byte_level(folder: Path) -> Any:
    """Return the tokenizer of GPT-2's, RoBERTa's and BART's vocab.json and merges.txt."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    model = models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt"))
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    control = ("<s>", "</s>", "<pad>", "<mask>", "<unk>")
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in control])
    return tokenizer


def _vocabulary(folder: Path, kind: _HubKind) -> set[str]:
    """Return the tokens that a model knows; none where no file tells."""
    known = set(_read_json(folder / kind.vocabulary)) if kind.vocabulary else set()
    config = _read_json(folder / "tokenizer_config.json")
    for key in ("additional_special_tokens", "extra_special_tokens"):
        known |= {_content(token, "") for token in config.get(key) or ()}
    converted = folder / "shared_vocabulary.json"
    if converted.is_file():
        known |= set(json.loads(converted.read_text(encoding="utf-8")))
    return known


def _processor(spec: ModelSpec, folder: Path, name: str) -> Any:
    import sentencepiece

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


def _read_json(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return table if isinstance(table, dict) else {}


def _content(token: object, default: str) -> str:
    """Return a special token as tokenizer_config.json has it: a text, or a table of its own."""
    found = token.get("content") if isinstance(token, dict) else token
    return found if isinstance(found, str) else default


def _separate_vocabularies(spec: ModelSpec) -> ModelError:
    return ModelError(
        f"model {spec.name}: Marian models with separate source and target vocabularies are "
        "not supported; choose a model with a shared one"
    )


def _unreadable(spec: ModelSpec, folder: Path, error: Exception) -> ModelError:
    return ModelError(
        f"model {spec.name}: no tokenizer can be read from {folder} "
        f"({type(error).__name__}: {error}); pull the model again, or name its SentencePiece "
        "files in models.toml"
    )


# --------------------------------------------------------------------------------------------
# Through transformers


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
        _check_languages(spec, self.backend.get_vocab().__contains__)

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

    def encode_target(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the target tokens; see `Tokenizer`."""
        prefix = self.target_prefix(direction)
        with self._lock:
            self._set_languages(direction)
            ids = self._ids(text_target=" ".join(text.split()))
            tokens = tuple(self.backend.convert_ids_to_tokens(ids))
        return tokens[len(prefix) : -1]

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
        raise _unreadable(spec, folder, error) from error
    if getattr(backend, "separate_vocabs", False):
        raise _separate_vocabularies(spec)
    return backend
