"""What the page asks, and what it gets: JSON over HTTP, behind `guard`."""

from __future__ import annotations

import dataclasses
import json
import re
import threading
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from seedsum import __version__
from seedsum.desk.applying import Applying
from seedsum.desk.guard import Guard, Keys
from seedsum.desk.workplace import Workplace
from seedsum.errors import ReadError, SeedsumError, UsageError
from seedsum.files import json_text
from seedsum.reviews.store import reviewer_name

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

#: The files of the page, and what they are.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
#: Reading the states of 10,000 pairs takes most of a second: a page loaded again shows those of a
#: moment ago.
_MAX_AGE_SECONDS = 30.0
_FILE = re.compile(r"[a-z]+\.(?:html|css|js|svg)")


def make_app(workplace: Workplace, applying: Applying, *, keys: Keys, port: int) -> ASGIApp:
    """Return the server's application for one output folder."""
    routes = [
        Route("/", _page),
        Route("/page/{file}", _page),
        Route("/api/queue", _answer(lambda request, stated: _queue(workplace, request))),
        Route("/api/article", _answer(lambda request, stated: _article(workplace, request))),
        Route("/api/news", _answer(lambda request, stated: _news(workplace, applying, request))),
        Route("/api/touched", _answer(lambda request, stated: _touched(workplace, request))),
        Route(
            "/api/reviews",
            _answer(lambda request, stated: _save(workplace, stated)),
            methods=["POST"],
        ),
        Route(
            "/api/run", _answer(lambda request, stated: {"run": applying.start()}), methods=["POST"]
        ),
    ]
    return Guard(Starlette(routes=routes), keys=keys, port=port)


def as_json(value: Any, *, status: int = 200) -> Response:
    """Return an answer; dataclasses become objects."""
    text = json_text(value, separators=(",", ":"), default=_fields)
    return Response(text.encode(), status_code=status, media_type="application/json")


def _fields(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} is no data")


@cache
def _resource(name: str) -> bytes | None:
    path = files("seedsum.desk") / "page" / name
    return path.read_bytes() if _FILE.fullmatch(name) and path.is_file() else None


async def _page(request: Request) -> Response:
    name = request.path_params.get("file", "page.html")
    body = _resource(name)
    if body is None:
        return Response("There is no such file.\n", status_code=404, media_type="text/plain")
    return Response(body, headers={"content-type": _TYPES[name[name.rindex(".") :]]})


def _answer(function: Callable[[Request, dict[str, Any]], Any]) -> Callable[[Request], Any]:
    """Return an endpoint that answers with JSON, also where something is wrong."""

    async def endpoint(request: Request) -> Response:
        try:
            stated = json.loads(await request.body() or b"{}") if request.method == "POST" else {}
            if not isinstance(stated, dict):
                raise UsageError("wanted a JSON object")
            return as_json(await run_in_threadpool(function, request, stated))
        except ReadError as error:
            return as_json({"error": str(error)}, status=404)
        except (SeedsumError, ValueError, RecursionError) as error:
            return as_json({"error": str(error)}, status=400)
        except OSError as error:
            said = f"it cannot be written or read: {error.strerror or error}"
            return as_json({"error": said}, status=507)

    return endpoint


def _queue(workplace: Workplace, request: Request) -> dict[str, Any]:
    is_fresh = "fresh" in request.query_params
    entries = workplace.queue(max_age_seconds=0.0 if is_fresh else _MAX_AGE_SECONDS)
    if is_fresh:  # a run has made records again: `news` has what looking at them changes
        threading.Thread(target=workplace.refine, daemon=True).start()
    return {
        "entries": entries,
        "cursor": workplace.news("").cursor,
        "output": str(workplace.output),
        "reviewer": reviewer_name(),
        "version": __version__,
    }


def _article(workplace: Workplace, request: Request) -> dict[str, Any]:
    name = request.query_params.get("name", "")
    stamp = workplace.stamp(name)
    return {"article": workplace.article(name), "stamp": stamp}


def _news(workplace: Workplace, applying: Applying, request: Request) -> dict[str, Any]:
    name = request.query_params.get("name", "")
    news = workplace.news(request.query_params.get("since", ""))
    stamp = workplace.stamp(name) if name else ""
    return {"news": news, "stamp": stamp, "run": applying.state()}


def _touched(workplace: Workplace, request: Request) -> dict[str, Any]:
    asked = request.query_params
    return {"articles": workplace.touched(asked.get("source", ""), asked.get("language", ""))}


def _save(workplace: Workplace, stated: dict[str, Any]) -> dict[str, Any]:
    review = workplace.save(stated)
    # The verdict is on the disk, whatever becomes of the rest.
    try:
        article = workplace.article(review.document)
    except SeedsumError:
        return {"saved": review.id}
    return {"saved": review.id, "article": article, "stamp": workplace.stamp(review.document)}
