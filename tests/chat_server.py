"""A server that speaks the OpenAI chat protocol, and answers as a test says.

It is a real one, on loopback: what a script returns for each question (a text, a whole answer, or
a fault) goes over the wire.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Fault:
    """What a server does instead of answering."""

    status: int = 200
    body: str = ""
    content_type: str = "application/json"
    seconds: float = 0.0  # that it waits before
    drops: bool = False  # the connection, without a word
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Question:
    """What a server was asked."""

    body: dict[str, Any]
    headers: dict[str, str]
    path: str

    @property
    def prompt(self) -> str:
        """Return the user's message."""
        return str(self.body["messages"][-1]["content"])

    @property
    def text(self) -> str:
        """Return what stands after the last line of our instructions: the text to work on."""
        found = re.search(r"(?:Text to translate|Article):\n(.*)\Z", self.prompt, re.DOTALL)
        return found[1] if found else self.prompt


#: Gives a text, a choice's fields, or a fault.
Script = Callable[[Question], "str | dict[str, Any] | Fault"]


class ChatServer:
    """A running server; `questions` has what it was asked, in order."""

    def __init__(self, script: Script, *, models: object, system_fingerprint: str = "") -> None:
        self.script = script
        self.models = models
        self.system_fingerprint = system_fingerprint
        self.questions: list[Question] = []
        self.requests: list[tuple[str, str]] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self.port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        """Listen, on the port that it had before if it had one."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                outer.requests.append(("GET", self.path))
                if isinstance(outer.models, Fault):
                    self.send(outer.models)
                else:
                    self.send(Fault(body=json.dumps({"object": "list", "data": outer.models})))

            def do_POST(self) -> None:
                outer.requests.append(("POST", self.path))
                length = int(self.headers.get("content-length", 0))
                body = json.loads(self.rfile.read(length))
                question = Question(
                    body, {k.lower(): v for k, v in self.headers.items()}, self.path
                )
                with outer._lock:
                    outer.questions.append(question)
                    outer._at_once += 1
                    outer.most_at_once = max(outer.most_at_once, outer._at_once)
                try:
                    if question.prompt == "Hello":
                        self.send(outer.completion("Hi", question))
                    else:
                        try:
                            said = outer.script(question)
                        except Exception as error:
                            print(f"the script has no answer: {error!r}")
                            raise
                        self.send(
                            said if isinstance(said, Fault) else outer.completion(said, question)
                        )
                finally:
                    with outer._lock:
                        outer._at_once -= 1

            def send(self, fault: Fault) -> None:
                time.sleep(fault.seconds)
                if fault.drops:
                    self.close_connection = True
                    self.connection.shutdown(2)
                    return
                data = fault.body.encode()
                self.send_response(fault.status)
                self.send_header("Content-Type", fault.content_type)
                self.send_header("Content-Length", str(len(data)))
                for name, value in fault.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def completion(self, said: str | dict[str, Any], question: Question) -> Fault:
        choice: dict[str, Any] = {"content": said} if isinstance(said, str) else dict(said)
        reason = choice.pop("finish_reason", "stop")
        table = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": question.body["model"],
            "choices": [
                {
                    "index": 0,
                    "finish_reason": reason,
                    "message": {"role": "assistant", **choice},
                }
            ],
            "usage": {"prompt_tokens": 9, "completion_tokens": 7, "total_tokens": 16},
        }
        if self.system_fingerprint:
            table["system_fingerprint"] = self.system_fingerprint
        return Fault(body=json.dumps(table))


@contextmanager
def serving(
    script: Script | Mapping[str, str],
    *,
    models: object = ({"id": "test-model", "object": "model", "owned_by": "us"},),
    system_fingerprint: str = "",
) -> Iterator[ChatServer]:
    """Run a server for the body; a mapping has an answer for each text."""
    if isinstance(script, Mapping):
        answers = dict(script)
        script = lambda question: answers[question.text]  # noqa: E731
    listed = list(models) if isinstance(models, tuple) else models
    server = ChatServer(script, models=listed, system_fingerprint=system_fingerprint)
    server.start()
    try:
        yield server
    finally:
        server.stop()
