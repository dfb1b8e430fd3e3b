"""The page's server on this machine, from its start to Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from seedsum.desk.applying import Applying, known_inputs
from seedsum.desk.guard import Keys
from seedsum.desk.workplace import Workplace
from seedsum.errors import SeedsumError, Terminated, UsageError
from seedsum.output.places import address_or_path, is_address

HOST = "127.0.0.1"


def serve(
    output: Path,
    *,
    inputs: Sequence[str] = (),
    config: str = "",
    port: int = 0,
    opens_browser: bool = True,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the page for an output folder until somebody ends it; port 0 takes a free one.

    `say` gets the page's address.

    Raises:
        UsageError: The extra `review` is not installed, there is no such output, or the port is
            taken.
        Terminated: SIGTERM has come; Ctrl-C is how a person ends it.
    """
    for library in ("starlette", "uvicorn"):
        if find_spec(library) is None:
            raise UsageError(
                f"the page needs {library}, which is not installed; run: pip install"
                " 'seedsum[review]'"
            )
    if is_address(output):
        raise UsageError(
            f"{address_or_path(output)}: the page works on a folder; copy the output to this"
            " machine (aws s3 sync), review it, and copy its folder reviews/ back; or export a"
            " table, and import it when it is filled in"
        )
    if not output.is_dir():
        raise UsageError(f"{output}: there is no such folder; 'seedsum run' makes it")
    import uvicorn

    from seedsum.desk.server import make_app

    listening = _listening(port)
    number = listening.getsockname()[1]
    keys = Keys()
    workplace = Workplace(output)
    applying = Applying(output, inputs=inputs, config=config)
    app = make_app(workplace, applying, keys=keys, port=number)
    # Without `lifespan` nothing is left to do at its end but to close; no line for each request.
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=2,
        )
    )
    address = f"http://{HOST}:{number}/?token="
    stopped = threading.Event()
    looking = threading.Thread(
        target=_look_around, args=(workplace, inputs, config, stopped), daemon=True
    )
    # uvicorn sends itself the signal again when it has closed; for us that is the orderly end.
    with contextlib.suppress(KeyboardInterrupt):
        try:
            say(f"the page is at {address}{keys.token}")
            say("end it with Ctrl-C")
            looking.start()
            if opens_browser and _has_browser():
                # The list of processes shows the address to all users here: it counts once.
                webbrowser.open(address + keys.once())
            server.run(sockets=[listening])
        except Terminated as error:
            raise Terminated("terminated; what was said on the page and saved is kept") from error
        finally:
            stopped.set()
            applying.stop()
            listening.close()


def _listening(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(128)  # whoever comes before the server is up, waits
    except OSError as error:
        listening.close()
        raise UsageError(
            f"port {port} cannot be had: {error.strerror}; choose another with --port"
        ) from error
    return listening


def _has_browser() -> bool:
    """Return whether a browser can be shown: not over SSH, in a container or from cron."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return "SSH_CONNECTION" not in os.environ


def _look_around(
    workplace: Workplace, inputs: Sequence[str], config: str, stopped: threading.Event
) -> None:
    """Find out what the queue can do without at first: all reviews' numbers, and the next run."""
    with contextlib.suppress(SeedsumError, OSError):
        workplace.queue()
        workplace.refine(stopped.is_set)
    with contextlib.suppress(SeedsumError, OSError):
        workplace.set_planned(dict(_planned(workplace.output, inputs, config)))


def _planned(
    output: Path, inputs: Sequence[str], config: str
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what the next run would do for another reason than reviews, by name."""
    from seedsum.pipeline.options import RunOptions
    from seedsum.pipeline.run import plan

    options = RunOptions(output=output, config=Path(config) if config else None)
    for task in plan(known_inputs(output, inputs), options).tasks:
        if {"source-changed", "orphaned"}.intersection(task.reasons):
            yield task.name, task.reasons
