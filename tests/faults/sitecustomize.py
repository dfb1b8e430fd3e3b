"""Breaks the worker of a run under test as `SEEDSUM_FAULT` says: `KIND:STAGE/DOCUMENT`.

The stages `grouping`, `decoding` and `mending`, the last two of which know of no documents, are of
`WindowTranslator`; those two take a word of the document instead. Python imports this at its start
where the folder is on `PYTHONPATH`; the run itself is left alone.
"""

import os
import sys

if "seedsum.pipeline.worker" in sys.orig_argv and "SEEDSUM_FAULT" in os.environ:
    kind, _, wanted = os.environ["SEEDSUM_FAULT"].partition(":")

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

    if wanted == "start":
        fail()
    else:
        from seedsum.translation import window

        stage, _, name = wanted.partition("/")
        honest_segment = window.segmentation.segment

        def segment(document):
            if f"reading/{document.name}" == wanted:
                fail()
            return honest_segment(document)

        def groups(translator, prepared):
            fail_if_wanted("grouping", prepared)
            yield from honest_groups(translator, prepared)

        def decode(translator, group, **options):
            fail_if_said("decoding", group)
            return honest_decode(translator, group, **options)

        def mend(translator, decoded):
            fail_if_said("mending", decoded.group)
            return honest_mend(translator, decoded)

        def summarise(prepared, *arguments, **options):
            fail_if_wanted("finishing", prepared)
            return honest_summarise(prepared, *arguments, **options)

        def fail_if_wanted(here, prepared):
            if any(f"{here}/{one.document.name}" == wanted for one in prepared):
                fail()

        def fail_if_said(here, group):
            if stage == here and any(name in segment.text for segment in group.segments):
                fail()

        window.segmentation.segment = segment
        honest_groups = window.WindowTranslator.groups
        window.WindowTranslator.groups = groups
        honest_decode = window.WindowTranslator.decode
        window.WindowTranslator.decode = decode
        honest_mend = window.WindowTranslator.mend
        window.WindowTranslator.mend = mend
        honest_summarise = window.summarise_window
        window.summarise_window = summarise
