"""Windows of documents in, finished pairs out; reading, decoding and finishing go on at once.

One document that fails is reported and the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from threading import Lock, Semaphore
from types import TracebackType
from typing import Self

from seedsum.clock import Clock
from seedsum.config import TARGET_LANGUAGE, languages_of
from seedsum.engines.cache import DecodingCache
from seedsum.engines.pool import LoadedModels
from seedsum.errors import SeedsumError
from seedsum.models import check_before_run
from seedsum.output.rendering import first_reasons, render
from seedsum.pipeline.context import Context, provenance
from seedsum.pipeline.sources import source_bytes
from seedsum.pipeline.worker.ahead import made_ahead
from seedsum.pipeline.worker.messages import (
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
from seedsum.reading import read_document, reader_of
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
from seedsum.translation.window import (
    Group,
    Prepared,
    Translated,
    WindowTranslator,
    finish,
    prepare,
    summarise_window,
)

_NO_SUMMARY = Summary("none", ())

#: Reasons of an outcome, which a run keeps to its end: the record has all of them.
_NUM_REASONS = 1

#: Groups that are mended at once: the decoder gets the end of one second chance, which fills no
#: batch, together with another's.
_NUM_MENDED_AT_ONCE = 2

#: Groups that are decoded, mended, or wait for either.
_NUM_AT_ONCE = _NUM_MENDED_AT_ONCE + 2

#: Steps (a group of segments, the end of a window) that are read ahead of those that are rendered:
#: most windows have one group.
_STEPS_AHEAD = 2 * _NUM_AT_ONCE


@dataclass(frozen=True, slots=True)
class _Ready:
    """A task with its document, or with why there is none."""

    task: Task
    prepared: Prepared | None
    error: str = ""


def _wanted(window: Sequence[_Ready]) -> list[Prepared]:
    return [ready.prepared for ready in window if ready.prepared and not ready.prepared.skip]


@dataclass(frozen=True, slots=True)
class _Translated:
    """What became of a group of segments, or what stopped that."""

    translated: Translated
    failure: str = ""


@dataclass(frozen=True, slots=True)
class _WindowEnd:
    """All groups of a window have been given before, or something stopped that."""

    window: list[_Ready]
    failure: str = ""


_Step = Future[_Translated] | _WindowEnd


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
        self._pool = ThreadPoolExecutor(_NUM_AT_ONCE, thread_name_prefix="translating")
        self._decoding = Lock()
        self._mending = Semaphore(_NUM_MENDED_AT_ONCE)
        self._loaded: LoadedModels
        self._translator: WindowTranslator

    def __enter__(self) -> Self:
        """Open the cache."""
        self._loaded = LoadedModels(
            self._context.models,
            runtime=self._context.runtime,
            on_load=self._say,
            on_alive=self._live,
            check_files=check_before_run,
            cache=self._remembered.__enter__(),
        )
        self._translator = WindowTranslator(
            profile=self._context.profile,
            settings=self._context.settings,
            loaded=self._loaded,
            target=TARGET_LANGUAGE,
            add_segments=self._add_segments,
            advance_segments=self._advance_segments,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Free the models and close the memory."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._loaded.__exit__(kind, error, traceback)
        self._remembered.__exit__(kind, error, traceback)

    def work(self, windows: Iterator[Window]) -> Iterator[Event]:
        """Yield the outcome of each document, and the end of each window, in order.

        All goes on at once, so that the decoder, which takes the time, never waits: one window is
        read and made into groups, in a thread of its own; the group before is decoded, in another,
        and as soon as its last batch is in the decoder's queue the next one begins; of those before
        that what is decoded is checked and mended, in the same threads; and the oldest window is
        summarised and rendered.

        Raises:
            ModelError: A model is missing, damaged or does not fit into memory.
        """
        groups = self._grouped(self._read(windows))
        steps = made_ahead(self._translation(groups), num_ahead=_STEPS_AHEAD, name="reading")
        for documents in self._finished(steps):
            yield from documents
            yield WindowDone(*self._measured())

    def _measured(self) -> tuple[dict[str, float], dict[str, int]]:
        """Return seconds and counts of what was done since the last call."""
        seconds, counters = self._clock.take()
        for name, number in asdict(self._loaded.meter.take()).items():
            if name.startswith("seconds_"):
                seconds[name.removeprefix("seconds_")] = number
            else:
                counters[name] = number
        return seconds, counters

    def _live(self) -> None:
        self._tell(Alive())

    def _say(self, text: str) -> None:
        self._tell(Said(text))

    def _add_segments(self, num_segments: int) -> None:
        self._tell(SegmentsFound(num_segments))

    def _advance_segments(self, num_segments: int) -> None:
        self._tell(SegmentsDone(num_segments))

    def _read(self, windows: Iterator[Window]) -> Iterator[list[_Ready]]:
        for window in windows:
            with self._clock.measure_beside("reading"):
                ready = [self._prepare(task) for task in window]
            yield ready

    def _grouped(self, windows: Iterable[list[_Ready]]) -> Iterator[Group | _WindowEnd]:
        """Yield the groups of each window, and after them the window."""
        for window in windows:
            failure = ""
            try:
                yield from self._translator.groups(_wanted(window))
            except SeedsumError:
                raise  # a model that is missing or does not fit is no document's fault
            except Exception as error:  # as a text: an error holds what its functions hold
                failure = _described(error)
            yield _WindowEnd(window, failure)

    def _translation(self, steps: Iterator[Group | _WindowEnd]) -> Iterator[_Step]:
        for step in steps:
            yield step if isinstance(step, _WindowEnd) else self._pool.submit(self._translate, step)

    def _translate(self, group: Group) -> _Translated:
        try:
            with self._decoding:
                decoded = self._translator.decode(group)
            with self._mending:
                return _Translated(self._translator.mend(decoded))
        except SeedsumError:
            raise
        except Exception as error:
            return _Translated({}, _described(error))

    def _finished(self, steps: Iterator[_Step]) -> Iterator[Iterator[DocumentDone]]:
        """Yield the pairs of each window."""
        translated: Translated = {}
        failure = ""
        while True:
            with self._clock.measure("translation"):
                step = next(steps, None)
                done = step.result() if isinstance(step, Future) else step
            if isinstance(done, _Translated):
                translated |= done.translated
                failure = failure or done.failure
            elif done is not None:
                yield self._finish(done.window, translated, done.failure or failure)
                translated, failure = {}, ""
            else:
                return

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

    def _finish(
        self, window: list[_Ready], translated: Translated, failure: str
    ) -> Iterator[DocumentDone]:
        """Yield the pairs of a window; after a failure each document is done alone, from anew."""
        done: dict[str, _Done] = {}
        if not failure:
            try:
                done = self._summarised(_wanted(window), translated)
            except SeedsumError:
                raise
            except Exception as error:
                failure = _described(error)
        if failure:
            if len(window) > 1:  # find the one that does it, and save the others
                alone = self._grouped([ready] for ready in window)
                for documents in self._finished(self._translation(alone)):
                    yield from documents
                return
            window = [_Ready(window[0].task, None, failure)]
        for ready in window:
            with self._clock.measure("rendering"):
                rendered = self._rendered(ready, done.get(ready.task.name, _Done()))
            yield rendered

    def _summarised(self, wanted: list[Prepared], translated: Translated) -> dict[str, _Done]:
        segments = self._translator.assemble(wanted, translated)
        with self._clock.measure("summary"):
            summaries = summarise_window(
                wanted,
                segments,
                settings=self._context.settings,
                model=self._context.models[self._context.profile.summary],
                loaded=self._loaded,
            )
        return {
            prepared.document.name: _Done(items, summary)
            for prepared, items, summary in zip(wanted, segments, summaries, strict=True)
        }

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
) -> AbstractContextManager[DecodingCache | None]:
    if setup.memory_path is None:
        return nullcontext()
    return DecodingCache(setup.memory_path, on_message=on_message)


def read_source(source: Source, *, stdin: bytes | None = None) -> Document:
    """Return the document of a source.

    Raises:
        ReadError: It cannot be read, or is not what was listed any more.
    """
    data = source_bytes(source, stdin=stdin)
    reader = reader_of(source.path or source.name)
    assert reader is not None  # others have an error, which `source_bytes` raises
    return read_document(source.name, data, format=reader.format)


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
        message="; ".join(first_reasons(result.reasons, _NUM_REASONS)),
    )


def _described(error: Exception) -> str:
    if isinstance(error, SeedsumError):
        return str(error)
    if isinstance(error, MemoryError):
        return "it needs more memory than there is, or than --memory-limit allows; split it"
    return f"unexpected {type(error).__name__}: {error}; please report this as a bug"
