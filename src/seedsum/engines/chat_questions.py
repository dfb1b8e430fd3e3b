"""Questions to a server: what it sends back to each, and when it cannot be asked at all."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Any

from seedsum.engines.chat_connection import (
    http_client,
    listed_models,
    openai_client,
    system_part,
    transport_error,
)
from seedsum.engines.chat_prompts import template
from seedsum.errors import ModelError
from seedsum.records import ModelSpec

#: Questions in a row that the server answers with an error, or not in time, after all retries: then
#: it is not the texts, and a folder of thousands is not failed one by one.
MAX_FAILURES = 5

#: Characters that a token has at most, on average over an answer. A server that sends more than
#: `max_tokens` of such was not held to it.
_CHARS_PER_TOKEN = 16

#: Why there is no text, in words.
FAULTS = {
    "empty": "the answer was empty",
    "refusal": "the model refused",
    "timeout": "no answer came",
    "server-error": "the server failed",
    "rejected": "the server rejected the question",
    "too-long": "the answer was far longer than max_tokens allows",
    "not-json": "the answer was no JSON of the protocol",
}

#: Those that are the server's, and not of one text.
BROKEN = frozenset({"timeout", "server-error", "rejected", "not-json"})


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server sent back to one question."""

    content: str = ""
    num_tokens: int = 0
    is_cut: bool = False
    fault: str = ""  # a key of `FAULTS`; else empty
    detail: str = ""
    system_fingerprint: str = ""


class Questions:
    """Asks a model on a server, from any thread, and counts what it does.

    A question that the server cannot answer has a fault; where it is gone, or answers nothing any
    more, that is an error.
    """

    def __init__(self, spec: ModelSpec, *, fingerprint: str) -> None:
        self._spec, self._chat = spec, spec.chat
        self._expected = system_part(fingerprint) if spec.chat.check_fingerprint else ""
        system = template(spec.chat, "system")
        self._system: list[Any] = [{"role": "system", "content": system}] if system.strip() else []
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._num_failures = 0
        self._http = http_client(spec, on_request=lambda: self.count("requests"))
        self._client = openai_client(spec, self._http)

    def ask(self, prompt: str, *, seed: int | None = None, max_tokens: int | None = None) -> Reply:
        """Return what the server sends back.

        Raises:
            ModelError: It is not there, refuses the key or lacks the model; or it has failed to
                answer so often that it is not the texts.
        """
        import openai

        self.count("questions")
        try:
            completion: Any = self._client.chat.completions.create(
                model=self._chat.model,
                messages=[*self._system, {"role": "user", "content": prompt}],
                temperature=self._chat.temperature,
                seed=self._chat.seed if seed is None else seed,
                max_tokens=max_tokens or self._chat.max_tokens,
                stream=False,
            )
            reply = _read(completion)
            limit = _CHARS_PER_TOKEN * self._chat.max_tokens
            if len(reply.content) > limit:
                reply = Reply(fault="too-long", detail=f" ({len(reply.content):,} characters)")
        except openai.APITimeoutError:
            reply = Reply(fault="timeout", detail=f" in {self._chat.timeout_seconds:g} s")
            self._check_alive()
        except openai.APIConnectionError as error:
            reply = Reply(fault="server-error", detail=f": {error.__cause__ or error}")
            self._check_alive()
        except openai.APIStatusError as error:
            reply = self._of_status(error)
        except (ValueError, openai.APIResponseValidationError) as error:
            reply = Reply(fault="not-json", detail=f": {str(error)[:80]}")
        if reply.fault in BROKEN:
            with self._lock:
                self._num_failures += 1
                is_broken = self._num_failures >= MAX_FAILURES
            if is_broken:
                raise self.broken(reply)
            return reply
        with self._lock:
            self._num_failures = 0
        self._check_same(reply)
        return reply

    def _of_status(self, error: Any) -> Reply:
        """Return what an answer with an error's status means for its text."""
        code, said = error.status_code, _said(error)
        where = f"model {self._spec.name}: {self._chat.address}"
        if code in (401, 403):
            raise ModelError(
                f"{where} refuses the key ({code}{said}); see api_key_env in models.toml"
            ) from None
        if code == 404:
            raise ModelError(
                f"{where} has no model {self._chat.model!r} (404{said}){self._known_models()};"
                " see address and model in models.toml"
            ) from None
        if code == 429:
            raise ModelError(
                f"{where} takes no more questions (429{said}); run again later, or set concurrency"
                " lower"
            ) from None
        if 300 <= code < 400:
            raise ModelError(
                f"{where} sends us elsewhere ({code}), which is not followed"
            ) from None
        return Reply(fault="rejected" if code < 500 else "server-error", detail=f": {code}{said}")

    def _check_alive(self) -> None:
        """Raise a ModelError where the server is gone."""
        try:
            listed_models(self._spec, self._http)
        except transport_error() as error:
            raise ModelError(
                f"model {self._spec.name}: no server answers at {self._chat.address} ({error});"
                " start it and run again: what is done stays"
            ) from None

    def _check_same(self, reply: Reply) -> None:
        found = reply.system_fingerprint
        if self._expected and found and found != self._expected:
            raise ModelError(
                f"model {self._spec.name}: {self._chat.address} says that it is {found}, and was"
                f" {self._expected} when this run began; run again. Where it says another one each"
                " time, set check_fingerprint = false in models.toml"
            )

    def _known_models(self) -> str:
        known = sorted(self.listed_models() or ())
        return f"; it has {', '.join(known[:8])}" if known else ""

    def broken(self, reply: Reply) -> ModelError:
        """Return the error that no question to the server is answered."""
        return ModelError(
            f"model {self._spec.name}: {self._chat.address} does not do what it should:"
            f" {FAULTS[reply.fault]}{reply.detail}, again and again; see its log. What is done"
            " stays"
        )

    def listed_models(self) -> dict[str, dict[str, Any]] | None:
        """Return what the server says of its models; None where it does not."""
        try:
            return listed_models(self._spec, self._http)
        except transport_error():
            return None

    def take_counts(self) -> Counter[str]:
        """Return what was counted since the last call."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return counts

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def count(self, name: str) -> None:
        """Count something, by the end of a field of `engines.usage.Usage`."""
        with self._lock:
            self._counts[name] += 1


def _read(completion: Any) -> Reply:
    """Return what a completion says; ValueError where it is none."""
    choices = getattr(completion, "choices", None)
    message = getattr(choices[0], "message", None) if choices else None
    if not choices or not message:
        raise ValueError(f"found: {str(completion)[:60]!r}")
    content = message.content
    is_refused = bool(getattr(message, "refusal", None) and not content)
    if choices[0].finish_reason == "content_filter":
        is_refused = True
    used = getattr(getattr(completion, "usage", None), "completion_tokens", 0)
    return Reply(
        content=content if isinstance(content, str) else "",
        num_tokens=used if isinstance(used, int) else 0,
        is_cut=choices[0].finish_reason == "length",
        fault="refusal" if is_refused else "",
        system_fingerprint="".join(str(completion.system_fingerprint or "").split()),
    )


def _said(error: Any) -> str:
    """Return what a server says with an error, in a few words."""
    body = error.body
    text = body.get("message") if isinstance(body, dict) else body
    text = " ".join(str(text or "").split())
    return f": {text[:120]}" if text else ""
