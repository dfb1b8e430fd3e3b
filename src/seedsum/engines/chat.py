"""Large language models behind any server that speaks the OpenAI chat protocol.

A question that a server cannot answer fails its text; a server that cannot be asked at all ends the
run, which goes on where it was as soon as the server is back.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seedsum.engines import Surroundings
from seedsum.engines.chat_answers import Answer, read_answer, read_lines
from seedsum.engines.chat_connection import (
    fingerprint_of,
    http_client,
    listed_models,
    openai_client,
    require_library,
    system_part,
)
from seedsum.engines.chat_prompts import (
    paragraph_prompt,
    summary_prompt,
    template,
    translation_prompt,
)
from seedsum.errors import ModelError
from seedsum.records import (
    DecodingOptions,
    Direction,
    Hypothesis,
    ModelSpec,
    ResolvedModel,
    Runtime,
)

if TYPE_CHECKING:
    import httpx2
    from openai import OpenAI

#: Questions in a row that the server answers with an error, or not in time, after all retries: then
#: it is not the texts, and a folder of thousands is not failed one by one.
MAX_FAILURES = 5

#: Sentences that paragraphs are taken to have: of so many times `concurrency`, a batch is made.
_PARAGRAPH_SENTENCES = 6

#: Characters that a token has at most, on average over an answer. A server that sends more than
#: `max_tokens` of such was not held to it.
_CHARS_PER_TOKEN = 16

#: Paragraphs whose answers are kept, since their sentences are asked for in several batches.
_NUM_PARAGRAPHS = 256


def load(model: ResolvedModel, runtime: Runtime) -> ChatModel:
    """Return the model; the server is asked when there is something to ask.

    Raises:
        ModelError: The client is not installed, or the key is missing.
    """
    require_library(model.spec)
    return ChatModel(model.spec, fingerprint=model.revision)


def identify(spec: ModelSpec) -> str:
    """Return the server's fingerprint of a model, which has answered a question of one word.

    Raises:
        ModelError: No server answers, it lacks the model, or it cannot be asked.
    """
    require_library(spec)
    model = ChatModel(spec)
    try:
        return model.identify()
    finally:
        model.close()


@dataclass(frozen=True, slots=True)
class _Reply:
    """What a server sent back to one question."""

    content: str = ""
    num_tokens: int = 0
    is_cut: bool = False
    # `timeout`, `server-error`, `rejected`, `not-json`, `refusal`, `too-long`; else empty
    fault: str = ""
    detail: str = ""
    system_fingerprint: str = ""


class ChatModel:
    """A `ContextTranslator`. Several questions are out at once, in the order of no one."""

    def __init__(self, spec: ModelSpec, *, fingerprint: str = "") -> None:
        self._spec, self._chat = spec, spec.chat
        self._expected = system_part(fingerprint) if spec.chat.check_fingerprint else ""
        system = template(spec.chat, "system")
        self._system: list[Any] = [{"role": "system", "content": system}] if system.strip() else []
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._num_failures = 0
        self._paragraphs: dict[tuple[Any, ...], tuple[Hypothesis, ...] | None] = {}
        self._http: httpx2.Client = http_client(spec, on_request=lambda: self._count("requests"))
        self._client: OpenAI = openai_client(spec, self._http)
        self._pool = ThreadPoolExecutor(spec.chat.concurrency, thread_name_prefix="chat")
        in_each = _PARAGRAPH_SENTENCES if spec.chat.context == "paragraph" else 1
        self.batch_size = spec.chat.concurrency * in_each

    def in_context(self, text: str, around: Surroundings | None) -> tuple[str, ...]:
        """Return what a text is asked with: itself, then the sentences around it."""
        if around is None or self._chat.context == "none":
            return (text,)
        if self._chat.context == "paragraph":
            paragraph = (*around.paragraph_before, text, *around.paragraph_after)
            place = str(len(around.paragraph_before))
            return (text, place, *paragraph) if len(paragraph) > 1 else (text,)
        number = self._chat.sentences_around
        before, after = around.before[-number:] if number else (), around.after[:number]
        return (text, " ".join(before), " ".join(after)) if before or after else (text,)

    def translate_in_context(
        self,
        inputs: Sequence[tuple[str, ...]],
        direction: Direction | None,
        options: DecodingOptions,
    ) -> list[tuple[Hypothesis, ...]]:
        """Return one hypothesis of each input, as `in_context` gives them."""
        if direction is not None and self._chat.context == "paragraph":
            return self._by_paragraph(inputs, direction)
        asked = [self._pool.submit(self._hypothesis, item, direction, options) for item in inputs]
        try:
            return [(one.result(),) for one in asked]
        finally:
            for one in asked:
                one.cancel()

    def translate(
        self, texts: Sequence[str], direction: Direction | None, options: DecodingOptions
    ) -> list[tuple[Hypothesis, ...]]:
        """Return one hypothesis of each text; see `Translator`."""
        return self.translate_in_context([(text,) for text in texts], direction, options)

    def take_counts(self) -> dict[str, int]:
        """Return what was counted since the last call; see `engines.usage.Usage`."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        retries = max(0, counts["requests"] - counts["questions"])
        return {
            f"chat_{name}": number for name, number in (counts | Counter(retries=retries)).items()
        }

    def identify(self) -> str:
        """Return the fingerprint of the model on the server, after one question.

        Raises:
            ModelError: It cannot be asked.
        """
        reply = self._ask("Hello", max_tokens=1)
        if reply.fault in ("timeout", "server-error", "rejected", "not-json"):
            raise self._broken(reply)
        try:
            listed = listed_models(self._spec, self._http)
        except self._transport_error():
            listed = None
        return fingerprint_of(self._chat, reply.system_fingerprint, listed)

    def close(self) -> None:
        """Ask no further question, and close the connections."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    # One text

    def _hypothesis(
        self, item: tuple[str, ...], direction: Direction | None, options: DecodingOptions
    ) -> Hypothesis:
        text, *around = item
        if direction is None:
            words = options.max_target_tokens
            return self._answered([summary_prompt(self._chat, text, max_words=words)], "")
        before, after = around if len(around) == 2 else ("", "")
        alone = translation_prompt(self._chat, direction, text)
        prompts = [alone]
        if before or after:
            prompts.insert(
                0,
                translation_prompt(
                    self._chat, direction, text, before=[before] if before else (),
                    after=[after] if after else (),
                ),
            )  # fmt: skip
        return self._answered(prompts, text)

    def _answered(self, prompts: Sequence[str], source: str) -> Hypothesis:
        """Return the first good answer to the prompts, asked one after another, twice at least.

        A second question has another seed, and mostly another prompt, so that an answer to it may
        be another.
        """
        asked = [*prompts, prompts[-1]][:2]
        kept: tuple[Answer, _Reply] | None = None
        for number, prompt in enumerate(asked):
            reply = self._ask(prompt, seed=self._chat.seed + number)
            answer = Answer("", reply.fault) if reply.fault else read_answer(reply.content, source)
            self._count_answer(answer, reply)
            if kept is None or (answer.text and not answer.fault) or not kept[0].text:
                kept = answer, reply
            if answer.text and not answer.fault:
                break
            if number + 1 < len(asked):
                self._count("asked_again")
        assert kept is not None
        answer, reply = kept
        return Hypothesis(
            text=answer.text,
            score=None,
            num_tokens=reply.num_tokens or len(answer.text.split()),
            finished=not reply.is_cut,
            fault="" if answer.text else _FAULTS[answer.fault or "empty"] + reply.detail,
        )

    def _count_answer(self, answer: Answer, reply: _Reply) -> None:
        names = {"talk": answer.had_talk, "cut": reply.is_cut, answer.fault: bool(answer.fault)}
        for name, is_so in names.items():
            if is_so:
                self._count(name.replace("-", "_"))

    # A paragraph

    def _by_paragraph(
        self, inputs: Sequence[tuple[str, ...]], direction: Direction
    ) -> list[tuple[Hypothesis, ...]]:
        """Return the hypotheses, by one question a paragraph where its answer is in order."""
        keys = list(dict.fromkeys((direction, *item[2:]) for item in inputs if len(item) > 3))
        new = [key for key in keys if key not in self._paragraphs]
        answered = dict(zip(new, self._pool.map(self._paragraph, new), strict=True))
        with self._lock:
            self._paragraphs |= answered
            known = {key: self._paragraphs.get(key) for key in keys}
            while len(self._paragraphs) > _NUM_PARAGRAPHS:
                self._paragraphs.pop(next(iter(self._paragraphs)))

        def one(item: tuple[str, ...]) -> Hypothesis:
            found = known.get((direction, *item[2:])) if len(item) > 3 else None
            if found is not None:
                return found[int(item[1])]
            return self._hypothesis(item[:1], direction, DecodingOptions())

        return [(hypothesis,) for hypothesis in self._pool.map(one, inputs)]

    def _paragraph(self, key: tuple[Any, ...]) -> tuple[Hypothesis, ...] | None:
        """Return the hypotheses of a paragraph's sentences; None where each is to be asked for."""
        direction, *sentences = key
        reply = self._ask(paragraph_prompt(self._chat, direction, sentences))
        lines = None if reply.fault or reply.is_cut else read_lines(reply.content, len(sentences))
        answers = [
            read_answer(line, text) for line, text in zip(lines or (), sentences, strict=False)
        ]
        if lines is None or any(answer.fault for answer in answers):
            self._count("paragraphs_singly")
            return None
        return tuple(
            Hypothesis(answer.text, None, len(answer.text.split()), True) for answer in answers
        )

    # One question

    def _ask(
        self, prompt: str, *, seed: int | None = None, max_tokens: int | None = None
    ) -> _Reply:
        """Return what the server sends back.

        Raises:
            ModelError: It is not there, refuses the key or lacks the model; or it has failed to
                answer so often that it is not the texts.
        """
        import openai

        self._count("questions")
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
                reply = _Reply(fault="too-long", detail=f" ({len(reply.content):,} characters)")
        except openai.APITimeoutError:
            reply = _Reply(fault="timeout", detail=f" in {self._chat.timeout_seconds:g} s")
            self._check_alive()
        except openai.APIConnectionError as error:
            reply = _Reply(fault="server-error", detail=f": {error.__cause__ or error}")
            self._check_alive()
        except openai.APIStatusError as error:
            reply = self._of_status(error)
        except (ValueError, openai.APIResponseValidationError) as error:
            reply = _Reply(fault="not-json", detail=f": {str(error)[:80]}")
        if reply.fault in ("timeout", "server-error", "rejected", "not-json"):
            with self._lock:
                self._num_failures += 1
                is_broken = self._num_failures >= MAX_FAILURES
            if is_broken:
                raise self._broken(reply)
            return reply
        with self._lock:
            self._num_failures = 0
        self._check_same(reply)
        return reply

    def _of_status(self, error: Any) -> _Reply:
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
        return _Reply(fault="rejected" if code < 500 else "server-error", detail=f": {code}{said}")

    def _check_alive(self) -> None:
        """Raise a ModelError where the server is gone."""
        try:
            listed_models(self._spec, self._http)
        except self._transport_error() as error:
            raise ModelError(
                f"model {self._spec.name}: no server answers at {self._chat.address} ({error});"
                " start it and run again: what is done stays"
            ) from None

    def _check_same(self, reply: _Reply) -> None:
        found = reply.system_fingerprint
        if self._expected and found and found != self._expected:
            raise ModelError(
                f"model {self._spec.name}: {self._chat.address} says that it is {found}, and was"
                f" {self._expected} when this run began; run again. Where it says another one each"
                " time, set check_fingerprint = false in models.toml"
            )

    def _known_models(self) -> str:
        try:
            known = sorted(listed_models(self._spec, self._http) or ())
        except self._transport_error():
            known = []
        return f"; it has {', '.join(known[:8])}" if known else ""

    def _broken(self, reply: _Reply) -> ModelError:
        return ModelError(
            f"model {self._spec.name}: {self._chat.address} does not do what it should:"
            f" {_FAULTS[reply.fault]}{reply.detail}, again and again; see its log. What is done"
            " stays"
        )

    @staticmethod
    def _transport_error() -> type[Exception]:
        import httpx2

        return httpx2.TransportError

    def _count(self, name: str) -> None:
        with self._lock:
            self._counts[name] += 1


#: Why there is no text, in words.
_FAULTS = {
    "empty": "the answer was empty",
    "refusal": "the model refused",
    "timeout": "no answer came",
    "server-error": "the server failed",
    "rejected": "the server rejected the question",
    "too-long": "the answer was far longer than max_tokens allows",
    "not-json": "the answer was no JSON of the protocol",
}


def _read(completion: Any) -> _Reply:
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
    return _Reply(
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
