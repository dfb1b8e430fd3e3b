"""Windows of documents in, finished pairs out, one window read while another is decoded.

One document that fails is reported and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from seedsum import store
from seedsum.clock import Clock
from seedsum.config import TARGET_LANGUAGE, languages_of
from seedsum.context import Context, provenance
from seedsum.errors import SeedsumError
from seedsum.loaded import LoadedModels
from seedsum.memory import TranslationMemory
from seedsum.reading import FORMATS, read_document, read_jsonl_line
from seedsum.records import (
    UNDETERMINED,
    Action,
    Document,
    Fate,
    Outcome,
    Result,
    Source,
    Status,
    Summary,
    Task,
    TranslatedSegment,
)
from seedsum.rendering import render
from seedsum.summarisation import SummaryModel
from seedsum.window import Prepared, finish, prepare, summarise_window, translate_window
from seedsum.worker.messages import (
    Alive,
    DocumentDone,
    Event,
    Said,
    SegmentsDone,
    SegmentsFound,
    Setup,
    Window,
    WindowDone,
)

_NO_SUMMARY = Summary("none", ())


@dataclass(frozen=True, slots=True)
class _Ready:
    """A task with its document, or with why there is none."""

    task: Task
    prepared: Prepared | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Done:
    """What a window made of one document; nothing of a skipped one."""

    segments: tuple[TranslatedSegment, ...] = ()
    summary: Summary = _NO_SUMMARY


class Workshop:
    """Does one window after another; a context manager that frees models and memory at its end."""

    def __init__(self, setup: Setup, *, tell: Callable[[Event], object]) -> None:
        """Load nothing yet.

        Args:
            setup: What to work with.
            tell: Gets what goes on between two events of `work`, from more than one thread.
        """
        self._setup = setup
        self._context = setup.context
        self._tell = tell
        self._clock = Clock()
        self._remembered = _open_memory(setup, on_message=self._say)
        self._loaded: LoadedModels

    def __enter__(self) -> Self:
        """Open the translation memory."""
        self._loaded = LoadedModels(
            self._context.models,
            runtime=self._context.runtime,
            on_load=self._say,
            on_decoded=self._live,
            memory=self._remembered.__enter__(),
            clock=self._clock,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Free the models and close the memory."""
        self._loaded.__exit__(kind, error, traceback)
        self._remembered.__exit__(kind, error, traceback)

    def work(self, windows: Iterator[Window]) -> Iterator[Event]:
        """Yield the outcome of each document, and the end of each window, in order.

        The next window is taken, read and segmented, in a thread of its own, while the current one
        is decoded.

        Raises:
            ModelError: A model is missing, damaged or does not fit into memory.
        """
        pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="reading")
        try:
            ahead = pool.submit(self._read_next, windows)
            while (window := self._awaited(ahead)) is not None:
                ahead = pool.submit(self._read_next, windows)
                yield from self._do(window)
                yield WindowDone(*self._clock.take())
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _live(self) -> None:
        self._tell(Alive())

    def _say(self, text: str) -> None:
        self._tell(Said(text))

    def _add_segments(self, num_segments: int) -> None:
        self._tell(SegmentsFound(num_segments))

    def _advance_segments(self, num_segments: int) -> None:
        self._tell(SegmentsDone(num_segments))

    def _awaited(self, ahead: Future[list[_Ready] | None]) -> list[_Ready] | None:
        with self._clock.measure("waiting"):
            return ahead.result()

    def _read_next(self, windows: Iterator[Window]) -> list[_Ready] | None:
        window = next(windows, None)
        if window is None:
            return None
        with self._clock.measure("reading"):
            return [self._prepare(task) for task in window]

    def _prepare(self, task: Task) -> _Ready:
        assert task.source is not None  # planning gives every task to be written its source
        try:
            document = read_source(task.source, stdin=self._setup.stdin)
            languages = languages_of(self._context.profile)
            return _Ready(task, prepare(document, languages=languages, target=TARGET_LANGUAGE))
        except Exception as error:  # one document must not stop the others
            return _Ready(task, None, _described(error))
        finally:
            self._live()

    def _do(self, window: Sequence[_Ready]) -> Iterator[DocumentDone]:
        wanted = [ready.prepared for ready in window if ready.prepared and not ready.prepared.skip]
        done: dict[str, _Done] = {}
        try:
            done = self._translate_and_summarise(wanted)
        except SeedsumError:
            raise  # a model that is missing or does not fit is no document's fault
        except Exception as error:
            if len(window) > 1:  # find the one that does it, and save the others
                for ready in window:
                    yield from self._do([ready])
                return
            window = [_Ready(window[0].task, None, _described(error))]
        for ready in window:
            with self._clock.measure("rendering"):
                rendered = self._rendered(ready, done.get(ready.task.name, _Done()))
            yield rendered

    def _translate_and_summarise(self, wanted: Sequence[Prepared]) -> dict[str, _Done]:
        context = self._context
        with self._clock.measure("translation"):
            segments = translate_window(
                wanted,
                profile=context.profile,
                settings=context.settings,
                loaded=self._loaded,
                target=TARGET_LANGUAGE,
                add_segments=self._add_segments,
                advance_segments=self._advance_segments,
            )
        with self._clock.measure("summary"):
            summaries = summarise_window(
                wanted,
                segments,
                settings=context.settings,
                engine=self._summary_model() if wanted else None,
            )
        return {
            prepared.document.name: _Done(items, summary)
            for prepared, items, summary in zip(wanted, segments, summaries, strict=True)
        }

    def _summary_model(self) -> SummaryModel | None:
        model = self._context.models[self._context.profile.summary]
        if model.folder is None:
            return None
        return SummaryModel(spec=model.spec, model=self._loaded.get(model.spec.name))

    def _rendered(self, ready: _Ready, done: _Done) -> DocumentDone:
        """Return the pair; of a failure its record, so that the index shows it."""
        try:
            if ready.prepared is None:
                return failed(ready.task, ready.error, self._context)
            sha256 = ready.prepared.document.sha256
            result = finish(
                ready.prepared,
                done.segments,
                done.summary,
                provenance=provenance(sha256, ready.prepared.routes, self._context),
                profile=self._context.profile,
                settings=self._context.settings,
            )
            return DocumentDone(_outcome(ready.task, result), render(result))
        except Exception as error:  # one document must not stop the others
            return failed(ready.task, _described(error), self._context)


def _open_memory(
    setup: Setup, *, on_message: Callable[[str], None]
) -> AbstractContextManager[TranslationMemory | None]:
    if setup.memory_path is None:
        return nullcontext()
    return TranslationMemory(setup.memory_path, on_message=on_message)


def read_source(source: Source, *, stdin: bytes | None = None) -> Document:
    """Return the document of a source.

    Raises:
        ReadError: It cannot be read, or is not what was listed any more.
    """
    data = store.read_source(source, stdin=stdin)
    if source.line is not None:
        return read_jsonl_line(source.name, data)
    suffix = source.path.suffix.lower() if source.path else ".txt"
    return read_document(source.name, data, format=FORMATS[suffix])


def failed(task: Task, message: str, context: Context) -> DocumentDone:
    """Return what there is of a document that failed: an outcome and a record that say why."""
    source = task.source
    assert source is not None
    result = Result(
        document=Document(
            name=source.name, sha256=source.sha256, format="", encoding="", text="", blocks=()
        ),
        language=UNDETERMINED,
        confidence=0.0,
        segments=(),
        summary=_NO_SUMMARY,
        status=Status.FAILED,
        reasons=(message,),
        provenance=provenance(source.sha256, (), context),
    )
    return DocumentDone(_outcome(task, result), render(result))


def _outcome(task: Task, result: Result) -> Outcome:
    return Outcome(
        name=task.name,
        action=Action.WRITE,
        reasons=task.reasons,
        status=result.status,
        language=result.language,
        num_segments=len(result.segments),
        num_translated=sum(item.fate is Fate.TRANSLATED for item in result.segments),
        num_flagged=sum(bool(item.flags) for item in result.segments),
        message="; ".join(result.reasons),
    )


def _described(error: Exception) -> str:
    if isinstance(error, SeedsumError):
        return str(error)
    if isinstance(error, MemoryError):
        return "it needs more memory than there is, or than --max-memory allows; split it"
    return f"unexpected {type(error).__name__}: {error}; please report this as a bug"
