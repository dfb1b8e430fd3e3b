"""Windows of documents in, finished pairs out: read, translate, summarise, render."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict

from seedsum.checks.reviewed import done_by, summary_as_seen, summary_with
from seedsum.config import languages_of
from seedsum.engines.cache import DecodingCache
from seedsum.errors import SeedsumError
from seedsum.output import read_record
from seedsum.output.reread import result_of
from seedsum.pipeline.source_bytes import read_source
from seedsum.pipeline.stages import loaded_models, summariser, translator
from seedsum.pipeline.timings import Timings
from seedsum.pipeline.worker.messages import (
    Alive,
    DocumentDone,
    Event,
    Said,
    Setup,
    Stopped,
    Window,
    WindowDone,
    WorkerLost,
)
from seedsum.pipeline.worker.results import Stages, failed, finished
from seedsum.reading import Prepared
from seedsum.records import Summary, Task, TranslatedSegment
from seedsum.reviews import NOT_JUDGED, Judged, Matches, match

#: Windows that are worked on at once: one is decoded, while others are read, checked or rendered.
NUM_WINDOWS = 3


class Workshop:
    """Does windows, several at once."""

    def __init__(self, setup: Setup, *, tell: Callable[[Event], object]) -> None:
        # `tell` gets what goes on, from more than one thread, and returns at once.
        self._context = setup.context
        self._stdin = setup.stdin
        self._output = setup.output
        self._tell = tell
        self._timings = Timings()
        with ExitStack() as opened:
            cache = None
            if setup.cache_path is not None:
                cache = opened.enter_context(DecodingCache(setup.cache_path, on_message=self._say))
            loaded = opened.enter_context(
                loaded_models(setup.context, on_load=self._say, on_alive=self._live, cache=cache)
            )
            self._meter = loaded.meter
            self._translator = translator(
                setup.context,
                loaded,
                on_found=lambda _: None,  # `_together` tells it as soon as a window is read
                on_translated=lambda num_segments: tell(Alive(num_done=num_segments)),
            )
            self._summariser = summariser(setup.context, loaded)
            self._pool = ThreadPoolExecutor(NUM_WINDOWS, thread_name_prefix="window")
            opened.callback(self._pool.shutdown, wait=False, cancel_futures=True)
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Begin no further window; free the models and close the cache."""
        self._opened.close()

    def begin(self, window: Window) -> None:
        """Have a window done; `WindowDone` is told when it is, or `Stopped` where none can be."""
        self._pool.submit(self._do, window)

    def _do(self, window: Window) -> None:
        try:
            documents = self._documents(window.tasks, window.judged)
            self._tell(WindowDone(window.number, tuple(documents), *self._measured()))
        except SeedsumError as error:
            self._tell(Stopped(error))
        except Exception as error:
            self._tell(Stopped(WorkerLost(_described(error))))

    def _measured(self) -> tuple[dict[str, float], dict[str, int]]:
        """Return seconds and counts of what was done since the last call."""
        seconds, counters = self._timings.take(), {}
        for name, number in asdict(self._meter.take()).items():
            if name.startswith("seconds_"):
                seconds[name.removeprefix("seconds_")] = number
            elif number or not name.startswith("chat_"):  # most runs ask no server
                counters[name] = number
        return seconds, counters

    def _documents(self, tasks: Sequence[Task], judged: Mapping[str, Judged]) -> list[DocumentDone]:
        """Return the pair of every document; after a failure each is done alone.

        Raises:
            SeedsumError: A model is missing or does not fit, which is no document's fault.
        """
        try:
            return self._together(tasks, judged)
        except SeedsumError:
            raise
        except Exception as error:  # as a text: an error holds what its functions hold
            message = _described(error)
        if len(tasks) == 1:
            here = judged.get(tasks[0].name, NOT_JUDGED)
            return [failed(tasks[0], message, self._context, judged=here)]
        return [done for task in tasks for done in self._documents([task], judged)]

    def _together(self, tasks: Sequence[Task], judged: Mapping[str, Judged]) -> list[DocumentDone]:
        with self._timings.measure("reading"):
            tried = [self._read(task) for task in tasks]
        documents = [one for one in tried if isinstance(one, Prepared) and not one.skip]
        stay = {task.name for task in tasks if task.keeps_translation}
        kept = {
            name: segments
            for document in documents
            if (name := document.document.name) in stay and (segments := self._kept(document))
        }
        to_do = [one for one in documents if one.document.name not in kept]
        num_bytes = sum(task.source.size_bytes for task in tasks if task.source)
        said = [_found(prepared, judged) for prepared in to_do]
        num_found = self._translator.num_to_do(to_do, said)
        self._tell(Alive(num_found=num_found, num_bytes=num_bytes))
        with self._timings.measure("translation"):
            made = iter(self._translator.translate(to_do, said))
        translated = [kept.get(one.document.name) or next(made) for one in documents]
        with self._timings.measure("summary"):
            summaries = self._summariser.summarise(documents, translated)
        done = {
            prepared.document.name: Stages(segments, _judged(prepared, summary, segments, judged))
            for prepared, segments, summary in zip(documents, translated, summaries, strict=True)
        }
        with self._timings.measure("rendering"):
            return [
                self._rendered(
                    task,
                    prepared,
                    done.get(task.name, Stages()),
                    judged=judged.get(task.name, NOT_JUDGED),
                )
                for task, prepared in zip(tasks, tried, strict=True)
            ]

    def _kept(self, prepared: Prepared) -> tuple[TranslatedSegment, ...]:
        """Return the translation of the pair that is there; nothing where it is of another text."""
        document = prepared.document
        try:
            found = result_of(read_record(self._output or "", document.name))
        except SeedsumError:
            return ()
        is_same = found.document.sha256 == document.sha256 and all(
            document.text[item.segment.start : item.segment.end] == item.segment.text
            for item in found.segments
        )
        return found.segments if is_same else ()

    def _read(self, task: Task) -> Prepared | str:
        """Return the document of a task, or why there is none."""
        assert task.source is not None  # planning gives every task to be written its source
        try:
            languages = languages_of(self._context.requested)
            return read_source(task.source, languages=languages, stdin=self._stdin)
        except Exception as error:  # one document must not stop the others
            return _described(error)
        finally:
            self._live()

    def _rendered(
        self,
        task: Task,
        prepared: Prepared | str,
        stages: Stages,
        *,
        judged: Judged,
    ) -> DocumentDone:
        """Return the pair; of a failure its record, so that the index shows it."""
        try:
            if isinstance(prepared, str):
                return failed(task, prepared, self._context, judged=judged)
            return finished(task, prepared, stages, self._context, judged=judged)
        except Exception as error:  # one document must not stop the others
            return failed(task, _described(error), self._context, judged=judged)

    def _live(self) -> None:
        self._tell(Alive())

    def _say(self, text: str) -> None:
        self._tell(Said(text))


def _found(prepared: Prepared, judged: Mapping[str, Judged]) -> Matches | None:
    """Return what people said of each of a document's sentences; None where nothing."""
    standings = judged.get(prepared.document.name, NOT_JUDGED).standings
    return match(standings, [item.text for item in prepared.segments]) if standings else None


def _judged(
    prepared: Prepared,
    summary: Summary,
    segments: Sequence[TranslatedSegment],
    judged: Mapping[str, Judged],
) -> Summary:
    standings = judged.get(prepared.document.name, NOT_JUDGED).standings
    done = done_by(standings, prepared.document.sha256)
    return summary_with(summary_as_seen(summary, segments, done), segments, standings)


def _described(error: Exception) -> str:
    if isinstance(error, SeedsumError):
        return str(error)
    if isinstance(error, MemoryError):
        return "it needs more memory than there is, or than --memory-limit allows; split it"
    return f"unexpected {type(error).__name__}: {error}; please report this as a bug"
