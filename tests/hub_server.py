"""A server on loopback that speaks the Hub's protocol, and can misbehave in each known way.

The real client of the Hub runs against it: repository info with sizes and hashes, pull requests,
`resolve` with a redirect for LFS files, ranges. What it was asked for is kept in `requests`.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SOCK_STREAM, socket
from typing import Any
from urllib.parse import unquote, urlsplit

_LFS = re.compile(r".*\.(bin|safetensors|model|spm|h5)")
_BLOCK_BYTES = 64 * 1024


@dataclass
class Revision:
    """One commit: files by path."""

    commit: str
    files: dict[str, bytes]


@dataclass
class Repository:
    """Revisions by name (`main`, `refs/pr/1`), and who may read."""

    revisions: dict[str, Revision]
    licence: str = "apache-2.0"
    refuse_with: tuple[int, str] | None = None
    pull_requests: tuple[tuple[int, str, str], ...] = ()  # number, author, title
    closed: frozenset[int] = frozenset()  # of them


@dataclass
class Request:
    """One request as it came in, and what went out."""

    method: str
    path: str
    range_start: int
    authorization: str
    status: int = 0
    num_bytes_sent: int = 0


@dataclass
class HubServer:
    """What the server has and does; change the fields while it runs.

    Attributes:
        failures: (pattern, statuses): each matching request takes the next status off the list.
        bytes_per_second: Speed of bodies, 0 for no limit.
        cut_after: (pattern, bytes): the first matching body ends there, once for each entry.
        altered: Paths whose bodies are sent with the last byte changed.
        silent: Pattern of requests that are never answered.
        moved: Old names of repositories, and the new ones that their addresses lead to.
    """

    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    failures: list[tuple[str, list[tuple[int, dict[str, str]]]]] = field(default_factory=list)
    bytes_per_second: float = 0.0
    cut_after: list[tuple[str, int]] = field(default_factory=list)
    altered: set[str] = field(default_factory=set)
    silent: str = ""
    moved: dict[str, str] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)
    ignore_ranges: bool = False
    num_body_bytes: int = 0

    def add(self, name: str, files: dict[str, bytes], revision: str = "main") -> Revision:
        """Add or replace a revision; its commit follows from the files."""
        digest = hashlib.sha1()
        for path, content in sorted(files.items()):
            digest.update(path.encode() + content)
        added = Revision(digest.hexdigest(), dict(files))
        repository = self.repositories.setdefault(name, Repository({}))
        repository.revisions[revision] = added
        return added

    def bodies(self, path: str) -> list[Request]:
        """Return the requests for a file's content that were answered with bytes of it."""
        return [r for r in self.requests if r.method == "GET" and r.path == path and r.status < 300]


def _git_blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _handler(server: HubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None: ...

        def do_GET(self) -> None:
            self._answer()

        def do_HEAD(self) -> None:
            self._answer()

        def _answer(self) -> None:
            path = unquote(urlsplit(self.path).path)
            wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            self.seen = Request(
                self.command,
                path,
                int(wanted[1]) if wanted else 0,
                self.headers.get("Authorization", ""),
            )
            server.requests.append(self.seen)
            if server.silent and re.fullmatch(server.silent, path):
                server.closing.wait()
                self.close_connection = True
                return None
            for pattern, statuses in server.failures:
                if statuses and re.fullmatch(pattern, path):
                    status, headers = statuses.pop(0)
                    return self._send(status, b"{}", headers)
            for old, new in server.moved.items():
                if old in path:
                    return self._send(307, b"", {"Location": self.path.replace(old, new)})
            if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/revision/(.+)", path):
                return self._info(found[1], found[2])
            if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/discussions", path):
                return self._discussions(found[1])
            if found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
                return self._resolve(found[1], found[2], found[3])
            if found := re.fullmatch(r"/cdn(/[^/]+/[^/]+/resolve/[^/]+/.+)", path):
                return self._content(found[1])
            return self._send(200 if path == "/" else 404, b"", {})

        def _repository(self, name: str) -> Repository | None:
            repository = server.repositories.get(name)
            if repository is None:
                self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
                return None
            if repository.refuse_with is not None:
                status, code = repository.refuse_with
                self._send(status, b"{}", {"X-Error-Code": code} if code else {})
                return None
            return repository

        def _info(self, name: str, wanted: str) -> None:
            if (repository := self._repository(name)) is None:
                return None
            revision = repository.revisions.get(wanted) or next(
                (r for r in repository.revisions.values() if r.commit == wanted), None
            )
            if revision is None:
                return self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            siblings = []
            for path, content in sorted(revision.files.items()):
                sibling: dict[str, Any] = {
                    "rfilename": path,
                    "size": len(content),
                    "blobId": _git_blob(content),
                }
                if _LFS.fullmatch(path):
                    sibling["lfs"] = {
                        "sha256": hashlib.sha256(content).hexdigest(),
                        "size": len(content),
                        "pointerSize": 130,
                    }
                siblings.append(sibling)
            table = {
                "id": name,
                "sha": revision.commit,
                "siblings": siblings,
                "cardData": {"license": repository.licence},
            }
            return self._send(200, json.dumps(table).encode(), {})

        def _discussions(self, name: str) -> None:
            if (repository := self._repository(name)) is None:
                return
            discussions = [
                {
                    "num": number,
                    "author": {"name": author},
                    "title": title,
                    "status": "closed" if number in repository.closed else "open",
                    "isPullRequest": True,
                    "createdAt": "2024-01-01T00:00:00.000Z",
                    "repo": {"name": name, "type": "model"},
                }
                for number, author, title in repository.pull_requests
            ]
            table = {"discussions": discussions, "count": len(discussions), "start": 0}
            self._send(200, json.dumps(table).encode(), {})

        def _resolve(self, name: str, commit: str, path: str) -> None:
            if (repository := self._repository(name)) is None:
                return None
            revision = next((r for r in repository.revisions.values() if r.commit == commit), None)
            if revision is None:
                return self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            if path not in revision.files:
                return self._send(404, b"{}", {"X-Error-Code": "EntryNotFound"})
            if _LFS.fullmatch(path):
                content = revision.files[path]
                # Another host name, as the Hub's storage has: the token must not go there.
                other = server.url.replace("127.0.0.1", "localhost")
                headers = {
                    "Location": f"{other}/cdn{self.seen.path}",
                    "X-Repo-Commit": commit,
                    "X-Linked-Size": str(len(content)),
                    "X-Linked-Etag": f'"{hashlib.sha256(content).hexdigest()}"',
                }
                return self._send(302, b"", headers)
            return self._content(self.seen.path)

        def _content(self, resolved: str) -> None:
            found = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", resolved)
            assert found is not None
            revisions = server.repositories[found[1]].revisions.values()
            content = next(r for r in revisions if r.commit == found[2]).files[found[3]]
            etag = hashlib.sha256(content).hexdigest()
            if found[3] in server.altered:
                content = content[:-1] + bytes([content[-1] ^ 1])
            start = 0 if server.ignore_ranges else self.seen.range_start
            if start and start >= len(content):
                return self._send(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            headers = {"ETag": f'"{etag}"', "X-Repo-Commit": found[2]}
            if start:
                headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            return self._send(206 if start else 200, content[start:], headers)

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.seen.status = status
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "HEAD":
                return
            limit = len(body)
            for cut in server.cut_after:
                if status < 300 and re.fullmatch(cut[0], self.seen.path):
                    limit = min(limit, cut[1])
                    server.cut_after.remove(cut)
                    break
            try:
                for at in range(0, limit, _BLOCK_BYTES):
                    block = body[at : min(at + _BLOCK_BYTES, limit)]
                    self.wfile.write(block)
                    self.wfile.flush()
                    self.seen.num_bytes_sent += len(block)
                    if status < 300 and "/resolve/" in self.seen.path:
                        server.num_body_bytes += len(block)
                        if server.bytes_per_second:
                            time.sleep(len(block) / server.bytes_per_second)
            except OSError:
                self.close_connection = True
            if limit < len(body):
                self.close_connection = True

    return Handler


@contextmanager
def running_hub() -> Iterator[HubServer]:
    """Run a server on a free port of loopback until the block ends."""
    server = HubServer()
    listener = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    listener.daemon_threads = True
    server.url = f"http://127.0.0.1:{listener.server_address[1]}"
    thread = threading.Thread(target=lambda: listener.serve_forever(0.05), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        listener.shutdown()
        listener.server_close()


@contextmanager
def swallowing_port() -> Iterator[str]:
    """Give an address where connections are neither accepted nor refused, as behind a firewall."""
    with socket(type=SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        # Fill the queue of connections that nobody accepts; later packets are dropped.
        waiting = []
        for _ in range(4):
            client = socket(type=SOCK_STREAM)
            client.setblocking(False)
            client.connect_ex(address)
            waiting.append(client)
        time.sleep(0.1)
        try:
            yield f"http://127.0.0.1:{address[1]}"
        finally:
            for client in waiting:
                client.close()


def wait_until(condition: Callable[[], bool], *, seconds: float = 30.0) -> bool:
    """Return whether the condition came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return False
