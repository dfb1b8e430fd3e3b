"""Breaks the worker of a run under test as `SEEDSUM_FAULT` says: `KIND:STAGE/WORD`.

The stages are `splitting`, `reading`, `decoding`, `checking` and `finishing`; the fault comes where
one of them sees the word in a text or in the name of a document. Python imports this at its start
where the folder is on `PYTHONPATH`; the run itself is left alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

if "seedsum.pipeline.worker" in sys.orig_argv and "SEEDSUM_FAULT" in os.environ:
    kind, _, wanted = os.environ["SEEDSUM_FAULT"].partition(":")
    wanted_stage, _, word = wanted.partition("/")

    def fail() -> None:
        """Do what a document of that kind does to the process."""
        import ctypes
        import re
        import signal
        import time

        if kind == "sleep":
            time.sleep(3600)
        elif kind == "spin":  # holds Python's lock, as a regular expression or a C library can
            re.match(r"(a+)+$", "a" * 60 + "b")
        elif kind == "crash":
            ctypes.string_at(0)
        elif kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif kind == "exit":
            os._exit(9)
        elif kind == "grow":
            taken = []
            while True:
                taken.append(bytearray(10_000_000))
        elif kind == "raise":
            raise RuntimeError("broken on purpose")
        elif kind == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)

    def break_stage(
        stage: str, owner: Any, attribute: str, seen: Callable[..., Iterable[str]]
    ) -> None:
        """Let a function fail where what it sees of its arguments has the word."""
        if stage != wanted_stage:
            return
        honest = getattr(owner, attribute)

        def broken(*arguments: Any, **options: Any) -> Any:
            if any(word in text for text in seen(*arguments)):
                fail()
            return honest(*arguments, **options)

        setattr(owner, attribute, broken)

    if wanted == "start":
        fail()
    else:
        from seedsum.pipeline.worker import workshop
        from seedsum.summaries.summariser import Summariser
        from seedsum.translation import translator

        of = translator.DocumentTranslator
        break_stage("reading", workshop, "read_source", lambda source: [source.name])
        break_stage("splitting", of, "_pieces", lambda _, direction, found: [s.text for s in found])
        break_stage("decoding", translator, "follow_route", lambda texts, steps: texts)
        break_stage("checking", of, "_rescued", lambda _, direction, texts, decoded: texts)
        break_stage(
            "finishing",
            Summariser,
            "summarise",
            lambda _, documents, translated: [one.document.name for one in documents],
        )
