"""Who may talk to the page's server, and what a browser may do with its answers.

The server listens on this machine only, but other users and any web page in the same browser can
reach it there. So each request needs the token of this server, the name that the server was opened
by (a foreign name that resolves to 127.0.0.1 is DNS rebinding), and, to change something, a header
that a foreign page cannot send.
"""

from __future__ import annotations

import secrets
import threading
import time
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Nothing loads or runs but the page's own script and style, and no text becomes markup.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
#: A request that changes something has it; a page of another origin cannot send it unasked.
CHANGE_HEADER = "x-seedsum"
#: Larger requests are no reviews.
MAX_BODY_BYTES = 4_000_000
#: How long the address that the browser is opened with counts; other users of the machine can see
#: it in the list of processes.
_ONCE_SECONDS = 60.0


class Keys:
    """The token of a server, and addresses that count once."""

    def __init__(self, token: str = "") -> None:
        self.token = token or secrets.token_urlsafe(32)
        self._once: dict[str, float] = {}
        self._lock = threading.Lock()

    def once(self) -> str:
        """Return a key that can be changed for the token one time, within a minute."""
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._once[key] = time.monotonic() + _ONCE_SECONDS
        return key

    def fits(self, given: str) -> bool:
        """Return whether a text is the token, or a key that has not been used."""
        if secrets.compare_digest(given.encode(), self.token.encode()):
            return True
        with self._lock:
            return self._once.pop(given, 0.0) > time.monotonic()


class Guard:
    """Lets through what has the token and comes by the right name; puts headers on every answer."""

    def __init__(self, app: ASGIApp, *, keys: Keys, port: int) -> None:
        self.app = app
        self.keys = keys
        self.hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self.cookie = f"seedsum-{port}"  # cookies of one host are shared by its ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        given = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        is_new = self._has_key(scope)
        refusal = self._refusal(scope, given, is_new=is_new)
        cookie = f"{self.cookie}={self.keys.token}; HttpOnly; SameSite=Strict; Path=/"

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = [(name.lower().encode(), text.encode()) for name, text in HEADERS.items()]
                if is_new and not refusal:
                    more.append((b"set-cookie", cookie.encode()))
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        if refusal:
            status, text = refusal
            head = [(b"content-type", b"text/plain; charset=utf-8")]
            await answer({"type": "http.response.start", "status": status, "headers": head})
            await answer({"type": "http.response.body", "body": f"{text}\n".encode()})
            return
        await self.app(scope, receive, answer)

    def _refusal(
        self, scope: Scope, given: dict[str, str], *, is_new: bool
    ) -> tuple[int, str] | None:
        host = given.get("host", "")
        if host not in self.hosts:
            return 421, "This server answers to 127.0.0.1 only."
        if not is_new and not self._has_token(given):
            return 403, (
                "This page needs the token of its server: open the address that 'seedsum review'"
                " printed, all of it."
            )
        if scope["method"] in ("GET", "HEAD"):
            return None
        origin = given.get("origin", f"http://{host}")
        if origin != f"http://{host}" or CHANGE_HEADER not in given:
            return 403, "Only the page itself may change something."
        if int(given.get("content-length") or 0) > MAX_BODY_BYTES or "content-length" not in given:
            return 413, "This is too large for a review."
        return None

    def _has_key(self, scope: Scope) -> bool:
        """Return whether the address has a key; only the page's own may."""
        if scope["path"] != "/" or scope["method"] != "GET":
            return False
        asked = parse_qs(scope["query_string"].decode("latin-1"))
        return any(map(self.keys.fits, asked.get("token", [])))

    def _has_token(self, given: dict[str, str]) -> bool:
        stated = given.get("authorization", "").removeprefix("Bearer ")
        try:
            cookies = SimpleCookie(given.get("cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        found = cookies.get(self.cookie)
        token = self.keys.token.encode()
        return any(
            secrets.compare_digest(text.encode("utf-8", "replace"), token)
            for text in (stated, found.value if found else "")
        )
