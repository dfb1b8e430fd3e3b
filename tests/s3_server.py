"""A real S3 server on loopback (moto's), in a process of its own."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: What every program of AWS reads; moto takes any credentials.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}

#: Counts requests by method and by what is asked, at `/-counts`; `/-seed` puts pairs there at once.
_SERVER = """
import json, sys, threading
from collections import Counter
from werkzeug.serving import make_server
from moto.server import DomainDispatcherApplication, create_backend_app

from moto.s3.models import s3_backends

s3_backends["123456789012"]["aws"].create_bucket("bucket", "us-east-1")
moto = DomainDispatcherApplication(create_backend_app)
counts = Counter()
# S3 looks at an object and puts another in its place at once; moto does so in two steps.
one_put = threading.Lock()

def app(environ, start_response):
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    if path == "/-counts":
        data = json.dumps(counts).encode()
        counts.clear()
        start_response("200 OK", [("Content-Length", str(len(data)))])
        return [data]
    if path == "/-seed":
        exec(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode(), {})
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]
    what = environ["REQUEST_METHOD"]
    counts["LIST" if what == "GET" and "list-type" in query else what] += 1
    if what == "PUT":
        with one_put:
            return moto(environ, start_response)
    return moto(environ, start_response)

server = make_server("127.0.0.1", 0, app, threaded=True)
print(server.server_port, flush=True)
import logging; logging.getLogger("werkzeug").setLevel("ERROR")
server.serve_forever()
"""


@contextmanager
def s3_server() -> Iterator[str]:
    """Run the server, with the empty bucket `bucket`, and yield its address."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **CREDENTIALS},
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


class FaultyStore:
    """A proxy in front of a store that fails, breaks off and dawdles, or refuses everything."""

    def __init__(
        self,
        server: str,
        *,
        failing: float = 0.0,
        breaking: float = 0.0,
        slow: float = 0.0,
        refusing: str = "",
        seed: int = 1,
    ) -> None:
        # Shares of the requests; one that breaks off was done or not, and nobody is told.
        self._host = server.removeprefix("http://")
        self._failing, self._breaking, self._slow = failing, breaking, slow
        self._refusing = refusing
        self._rng = random.Random(seed)
        self._lock = threading.Lock()
        self.num_failed = self.num_broken = self.num_slow = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> FaultyStore:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        store = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def __getattr__(self, name: str) -> Callable[[], None]:
                if name.startswith("do_"):
                    return lambda: store._handle(self)
                raise AttributeError(name)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler

    def _handle(self, request: BaseHTTPRequestHandler) -> None:
        body = self._body(request)
        with self._lock:
            chance, when = self._rng.random(), self._rng.random()
        if self._refusing:
            self._answer(request, 403, _error(self._refusing))
            return
        if chance < self._failing:
            self.num_failed += 1
            self._answer(request, 503, _error("SlowDown" if when < 0.5 else "InternalError"))
            return
        is_broken = self._failing <= chance < self._failing + self._breaking
        if is_broken:
            self.num_broken += 1
            if when < 0.3:  # the store never saw it
                request.close_connection = True
                return
        elif chance > 1 - self._slow:
            self.num_slow += 1
            time.sleep(2 * when)
        connection = HTTPConnection(self._host, timeout=60)
        headers = {name: value for name, value in request.headers.items() if name != "Expect"}
        connection.request(request.command, request.path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if is_broken:  # it was done, and the answer is lost, or half of it
            if when > 0.6 and data:
                request.send_response(answer.status)
                request.send_header("Content-Length", str(len(data)))
                request.end_headers()
                request.wfile.write(data[: len(data) // 2])
            request.close_connection = True
            return
        self._answer(request, answer.status, data, answer.getheaders())

    def _body(self, request: BaseHTTPRequestHandler) -> bytes:
        if request.headers.get("Transfer-Encoding", "") == "chunked":
            raise NotImplementedError("chunked bodies are not passed on")
        return request.rfile.read(int(request.headers.get("Content-Length", 0)))

    def _answer(
        self,
        request: BaseHTTPRequestHandler,
        status: int,
        data: bytes,
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        request.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                request.send_header(name, value)
        length = dict(headers).get("Content-Length", str(len(data)))
        request.send_header(
            "Content-Length", length if request.command == "HEAD" else str(len(data))
        )
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(data)


def _error(code: str) -> bytes:
    text = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    return f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()
