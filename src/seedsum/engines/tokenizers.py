"""Text to a model's tokens and back, for the kinds of tokenizer that models come with.

`sentencepiece` and `tokenizers` read them; transformers those that neither covers, and all of its
own engine, so that a conversion is compared with what it comes from.
"""

from __future__ import annotations

import json
import threading
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seedsum.engines.pieces import (
    FastPieces,
    Pieces,
    PieceTokenizer,
    SentencePieces,
    check_languages,
    language_tokens,
    normalizer,
)
from seedsum.errors import ModelError, UnsoundModelError
from seedsum.records import Direction, ModelSpec, ResolvedModel


def load_tokenizer(model: ResolvedModel) -> Tokenizer:
    """Load the tokenizer that the model's spec describes, from the model's folder.

    Raises:
        ModelError: A file is missing or broken, or the spec names an unknown kind or form.
    """
    spec, folder = model.spec, model.folder
    assert folder is not None, "our engines load no model without files"
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
    if model.spec.tokenizer.kind != "transformers":
        raise ModelError(
            f"model {model.spec.name}: the transformers engine needs tokenizer kind "
            '"transformers"; set it in models.toml'
        )
    assert model.folder is not None, "our engines load no model without files"
    return TransformersTokenizer(model.spec, model.folder)


# Files


def _own_sentencepiece(spec: ModelSpec, folder: Path) -> PieceTokenizer:
    named = spec.tokenizer
    if not named.source_model:
        raise ModelError(
            f"model {spec.name}: the tokenizer needs source_model, the name of a SentencePiece "
            "file in the model's folder; set it in models.toml"
        )
    source = target = SentencePieces(_processor(spec, folder, named.source_model))
    if named.target_model:
        target = SentencePieces(_processor(spec, folder, named.target_model))
    return PieceTokenizer(spec, source, target, after=named.source_suffix)


class _Kind(NamedTuple):
    """How a class of transformers' tokenizers is read where there is no tokenizer.json.

    `vocabulary` is the file of the ids, if they are not those of the SentencePiece files (source,
    target). Without such files the kind is GPT-2's, and `<s>` begins source and target.
    """

    sentencepiece: tuple[str, ...] = ()
    vocabulary: str = ""


_KINDS = {
    "MarianTokenizer": _Kind(("source.spm", "target.spm"), "vocab.json"),
    "M2M100Tokenizer": _Kind(("sentencepiece.bpe.model",), "vocab.json"),
    "NllbTokenizer": _Kind(("sentencepiece.bpe.model",)),
    "MBart50Tokenizer": _Kind(("sentencepiece.bpe.model",)),
    "PegasusTokenizer": _Kind(("spiece.model",)),
    "T5Tokenizer": _Kind(("spiece.model",)),
    "BartTokenizer": _Kind(),
    "RobertaTokenizer": _Kind(),
}


def _of_the_hub(spec: ModelSpec, folder: Path) -> PieceTokenizer | None:
    """Return the tokenizer of a Hub repository, or None where its kind is not in the table."""
    config = _hub_config(spec, folder)
    kind = _KINDS.get(str(config.get("tokenizer_class", "")).removesuffix("Fast"))
    if kind is None or config.get("legacy_behaviour"):  # NLLB's first tokens stood elsewhere
        return None
    pieces = _fast_pieces(spec, folder, kind) or _slow_pieces(spec, folder, kind, config)
    if pieces is None:
        return None
    end = _content(config.get("eos_token"), "</s>")
    start = () if kind.sentencepiece else (_content(config.get("bos_token"), "<s>"),)
    # Marian's models of many languages are told the target by a token before the text.
    code = spec.tokenizer.source_prefix
    code = code if code.startswith(">>") and pieces[0].knows(code) else ""
    return PieceTokenizer(spec, *pieces, start=start, after=(end,), code=code)


def _fast_pieces(spec: ModelSpec, folder: Path, kind: _Kind) -> tuple[Pieces, Pieces] | None:
    import tokenizers

    try:
        if not kind.vocabulary and (whole := folder / "tokenizer.json").is_file():
            fast = FastPieces(tokenizers.Tokenizer.from_file(str(whole)))
        elif not kind.sentencepiece and (folder / "vocab.json").is_file():
            fast = FastPieces(_byte_level(folder))
        else:
            return None
    except Exception as error:  # the library raises nothing more precise
        raise _unreadable(spec, folder, error) from error
    return fast, fast


def _slow_pieces(
    spec: ModelSpec, folder: Path, kind: _Kind, config: Mapping[str, Any]
) -> tuple[Pieces, Pieces] | None:
    if not kind.sentencepiece or not (folder / kind.sentencepiece[0]).is_file():
        return None
    first, *rest = (_processor(spec, folder, name) for name in kind.sentencepiece)
    known = _vocabulary(folder, kind, config) or None
    source = SentencePieces(first, known)
    return source, SentencePieces(rest[0], known, other=first) if rest else source


def _byte_level(folder: Path) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    files = str(folder / "vocab.json"), str(folder / "merges.txt")
    tokenizer = Tokenizer(models.BPE.from_file(*files))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    control = ("<s>", "</s>", "<pad>", "<mask>", "<unk>")
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in control])
    return tokenizer


def _vocabulary(folder: Path, kind: _Kind, config: Mapping[str, Any]) -> frozenset[str]:
    """Return the tokens that a model knows; none where no file tells."""
    known = set(_read_json(folder / kind.vocabulary, {})) if kind.vocabulary else set()
    for key in ("additional_special_tokens", "extra_special_tokens"):
        known |= {_content(token, "") for token in config.get(key) or ()}
    return frozenset(known.union(_read_json(folder / "shared_vocabulary.json", [])))


def _processor(spec: ModelSpec, folder: Path, name: str) -> Any:
    import sentencepiece

    path = folder / name
    if not path.is_file():
        raise UnsoundModelError(
            f"model {spec.name}: {path} is missing; "
            "check source_model and target_model in models.toml, or pull the model again"
        )
    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (OSError, RuntimeError) as error:
        raise UnsoundModelError(
            f"model {spec.name}: {path} is no SentencePiece model ({error}); pull it again"
        ) from error


def _hub_config(spec: ModelSpec, folder: Path) -> Mapping[str, Any]:
    config: dict[str, Any] = _read_json(folder / "tokenizer_config.json", {})
    if config.get("separate_vocabs"):
        raise ModelError(
            f"model {spec.name}: Marian models with separate source and target vocabularies are "
            "not supported; choose a model with a shared one"
        )
    return config


def _read_json(path: Path, default: Any) -> Any:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return default
    return found if isinstance(found, type(default)) else default


def _content(token: object, default: str) -> str:
    found = token.get("content") if isinstance(token, dict) else token
    return found if isinstance(found, str) else default


def _unreadable(spec: ModelSpec, folder: Path, error: Exception) -> UnsoundModelError:
    return UnsoundModelError(
        f"model {spec.name}: no tokenizer can be read from {folder} "
        f"({type(error).__name__}: {error}); pull the model again, or name its SentencePiece "
        "files in models.toml"
    )


# Through transformers


class TransformersTokenizer:
    """The tokenizer files of a Hub repository, read by transformers; like `PieceTokenizer`."""

    def __init__(self, spec: ModelSpec, folder: Path) -> None:
        self._spec = spec
        self._normalize = normalizer(spec)
        self.backend = _load_auto_tokenizer(spec, folder)
        # The languages are a state of the backend, and a fast one must not be used by two threads.
        self._lock = threading.Lock()
        self._control = set(self.backend.all_special_tokens) - {self.backend.unk_token}
        # M2M100 calls a language `vi` in its methods and `__vi__` in its vocabulary.
        codes = getattr(self.backend, "lang_code_to_token", {})
        self._backend_codes = {token: code for code, token in codes.items()}
        check_languages(spec, self.backend.get_vocab().__contains__)

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the source tokens; see `PieceTokenizer`."""
        languages, tokens = self._tokens(direction, text=self._normalize(text))
        if languages and languages[0] not in tokens:
            raise ModelError(
                f"model {self._spec.name}: the tokenizer leaves out the source's language token "
                f"{languages[0]!r}; check language_codes in models.toml"
            )
        return tokens

    def encode_target(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the target tokens; see `PieceTokenizer`."""
        _, tokens = self._tokens(direction, text_target=" ".join(text.split()))
        return tokens[len(self.target_prefix(direction)) : -1]

    def target_prefix(self, direction: Direction | None) -> tuple[str, ...]:
        """Return what the tokenizer puts before a target text; see `PieceTokenizer`."""
        languages, tokens = self._tokens(direction, text_target="")
        prefix = tokens[: tokens.index(self.backend.eos_token)]
        if languages and prefix != languages[1:]:
            raise ModelError(
                f"model {self._spec.name}: the output would begin with {prefix}, not with the "
                f"language token {languages[1]!r}; models that are told the language in another "
                "way (mBART-25) are not supported, use mBART-50, M2M100 or NLLB"
            )
        return prefix

    def decode(self, tokens: Sequence[str]) -> str:
        """Return the text; see `PieceTokenizer`."""
        kept = [token for token in tokens if token not in self._control]
        with self._lock:
            text: str = self.backend.convert_tokens_to_string(kept)
        return text.strip()

    def _tokens(
        self, direction: Direction | None, **text: str
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        languages = language_tokens(self._spec, direction)
        with self._lock:
            if languages:
                source, target = (self._backend_codes.get(token, token) for token in languages)
                if self.backend.src_lang != source:
                    self.backend.src_lang = source
                self.backend.tgt_lang = target
            # split_special_tokens: '</s>' in an article is text, not the end of it.
            options = {"truncation": False, "split_special_tokens": True, "verbose": False}
            ids = self.backend(**text, **options)["input_ids"]
            return languages, tuple(self.backend.convert_ids_to_tokens(ids))


Tokenizer = PieceTokenizer | TransformersTokenizer


def _load_auto_tokenizer(spec: ModelSpec, folder: Path) -> Any:
    import transformers

    _hub_config(spec, folder)
    try:
        with warnings.catch_warnings():
            # MarianTokenizer recommends sacremoses, and then never calls it (5.23).
            warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
            return transformers.AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False
            )
    except Exception as error:  # the many libraries below raise everything from OSError to bare
        raise _unreadable(spec, folder, error) from error
