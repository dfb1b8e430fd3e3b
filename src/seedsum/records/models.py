"""Models and how they are used, as models.toml describes them and as they are on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Direction:
    """From one language into another (BCP 47)."""

    source: str
    target: str

    def __str__(self) -> str:
        """Return the route's name in models.toml, as `vi->en`."""
        return f"{self.source}->{self.target}"


@dataclass(frozen=True, slots=True)
class DecodingOptions:
    """How a sequence-to-sequence model is searched; the conventions are ours, engines adapt."""

    beam_size: int = 4  # 1 is greedy
    length_penalty: float = 1.0  # exponent on the target length that divides the log-probability
    max_target_tokens: int = 256  # reaching it gives `finished=False`
    min_target_tokens: int = 1  # no end of sentence before that many
    no_repeat_ngram_size: int = 0  # 0 allows every repetition
    repetition_penalty: float = 1.0  # 1.0 is off
    num_hypotheses: int = 1  # how many of the beam are returned, best first
    disable_unk: bool = True  # never produce the unknown token


@dataclass(frozen=True, slots=True)
class TokenizerSpec:
    """Where a model's tokenizer is and what it puts around the pieces.

    Attributes:
        kind: `sentencepiece` (our own thin wrapper; files below) or `transformers`
            (AutoTokenizer of the folder).
        source_model, target_model: SentencePiece files in the model's folder; an empty
            `target_model` means the same as the source's.
        source_prefix: Text before every source text, for models that are told by it what to do
            (T5's `translate English to German:`, Marian's `>>vie<<`).
        source_suffix: Pieces after the source pieces.
        normalization: Unicode form that the model was trained on: `NFC`, `NFKC`, `composed` (NFC,
            but Bengali য় and its like as one code point) or `none`.
    """

    kind: str = "transformers"
    source_model: str = ""
    target_model: str = ""
    source_prefix: str = ""
    source_suffix: tuple[str, ...] = ("</s>",)
    normalization: str = "NFC"


@dataclass(frozen=True, slots=True)
class ChatSpec:
    """A server that speaks the OpenAI chat protocol, and what it is asked with; all is the user's.

    An empty prompt is the one of `engines.chat_prompts`, which also says what may stand in braces.

    Attributes:
        address: Where the protocol's paths begin (`http://127.0.0.1:8080/v1`).
        model: What the server calls the model.
        context: What is sent with a sentence: the sentences around it (`segment`), nothing
            (`none`), or its whole `paragraph` in one question.
        sentences_around: Before it and after it, in the article.
        max_tokens: Of an answer; what reaches it is cut.
        concurrency: Questions at a time.
        timeout_seconds: For an answer; a server that cannot be reached is given up sooner.
        max_retries: Of a question that a busy or broken server did not answer, ever later.
        api_key_env, api_key_file: The variable that holds the key, or a file (absolute, or in `~`).
        check_fingerprint: Whether a model that has changed on the server is another one.
    """

    address: str = ""
    model: str = ""
    system: str = ""
    prompt: str = ""
    context: str = "segment"
    sentences_around: int = 2
    context_prompt: str = ""
    paragraph_prompt: str = ""
    summary_prompt: str = ""
    temperature: float = 0.0
    seed: int = 0
    max_tokens: int = 1024
    concurrency: int = 4
    timeout_seconds: float = 120.0
    max_retries: int = 4
    api_key_env: str = ""
    api_key_file: str = ""
    check_fingerprint: bool = True


#: What `engine` in models.toml is where no engine runs a model: a summary of the article's own
#: sentences.
EXTRACTIVE = "extractive"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is published of a model, for whoever chooses one before it is here; decides no text."""

    download_mb: int = 0  # what is fetched of it; 0 where nobody says
    parameters_m: int = 0  # millions of weights
    speed: str = ""  # `fast`, `medium` or `slow` on a CPU; by its weights where it is empty
    quality: str = ""  # measure, set and figure, as its publisher gives them
    note: str = ""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model as models.toml describes it. Exactly one of repository, folder, bundled is set,
    or none where it has no files.

    Each of its language codes is a BCP 47 tag and the model's own token (`("vi", "__vi__")`): the
    source's token precedes the source pieces, the target's is the forced first token of the output.
    """

    name: str  # its key in models.toml
    engine: str  # in `engines.engines()`, or `EXTRACTIVE`
    licence: str  # SPDX identifier
    repository: str = ""  # on the Hub
    revision: str = "main"  # resolved to a commit in models.lock
    folder: str = ""  # relative to models.toml
    bundled: str = ""  # a folder inside the package (`starter`)
    reference: str = ""  # the repository that a form for CTranslate2 was made from, for comparison
    format: str = "transformers"  # of its files: this, or `ctranslate2`
    non_commercial: bool = False  # the licence forbids commercial use
    tokenizer: TokenizerSpec = TokenizerSpec()
    language_codes: tuple[tuple[str, str], ...] = ()  # none for a model of one direction
    compute_type: str = "auto"  # or what the engine knows (`int8`, `float16`, `float32`, ...)
    max_source_tokens: int = 256  # special ones included; longer segments are split
    decoding: DecodingOptions = DecodingOptions()
    needs_review: bool = False  # so weak that no pair it translated is ever `clean`
    chat: ChatSpec = ChatSpec()  # of engine `chat` only
    about: ModelFacts = ModelFacts()


@dataclass(frozen=True, slots=True)
class RouteStep:
    """One translation of a route; a route with a pivot language has two."""

    model: str
    direction: Direction


#: What a profile's summary is called beside its routes.
SUMMARY_PART = "summary"


@dataclass(frozen=True, slots=True)
class Profile:
    """A named choice of models: one route for each source language, one summary model."""

    name: str
    routes: tuple[tuple[Direction, tuple[RouteStep, ...]], ...]
    summary: str


@dataclass(frozen=True, slots=True)
class Runtime:
    """Where and with how many threads models run."""

    device: str = "cpu"  # or `cuda`
    num_workers: int = 1  # batches decoded at the same time
    threads_per_worker: int = 1


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """A model that is on this machine, pinned."""

    spec: ModelSpec  # as configured; its engine is the one that will run it
    folder: Path | None  # where the engine's files are; None where it needs none
    revision: str  # a commit, or `bundled` or `local`
    weights_sha256: str  # of all of the model's files together, in sorted order
    note: str = ""  # why it differs from what was asked for (refused conversion, ...)
