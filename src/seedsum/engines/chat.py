"""Large language models behind any server that speaks the OpenAI chat protocol.

A question that a server cannot answer fails its text; a server that cannot be asked at all ends the
run, which goes on where it was as soon as the server is back.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from seedsum.engines import Surroundings
from seedsum.engines.chat_answers import Answer, read_answer, read_lines
from seedsum.engines.chat_connection import fingerprint_of, require_library
from seedsum.engines.chat_prompts import paragraph_prompt, summary_prompt, translation_prompt
from seedsum.engines.chat_questions import BROKEN, FAULTS, Questions, Reply
from seedsum.records import (
    DecodingOptions,
    Direction,
    Hypothesis,
    ModelSpec,
    ResolvedModel,
    Runtime,
)

#: Sentences that paragraphs are taken to have: of so many times `concurrency`, a batch is made.
_PARAGRAPH_SENTENCES = 6

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


class ChatModel:
    """A `ContextTranslator`. Several questions are out at once, in the order of no one."""

    def __init__(self, spec: ModelSpec, *, fingerprint: str = "") -> None:
        self._chat = spec.chat
        self._questions = Questions(spec, fingerprint=fingerprint)
        self._lock = threading.Lock()
        self._paragraphs: dict[tuple[Any, ...], tuple[Hypothesis, ...] | None] = {}
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
        counts = self._questions.take_counts()
        retries = max(0, counts["requests"] - counts["questions"])
        return {
            f"chat_{name}": number for name, number in (counts | Counter(retries=retries)).items()
        }

    def identify(self) -> str:
        """Return the fingerprint of the model on the server, after one question.

        Raises:
            ModelError: It cannot be asked.
        """
        reply = self._questions.ask("Hello", max_tokens=1)
        if reply.fault in BROKEN:
            raise self._questions.broken(reply)
        listed = self._questions.listed_models()
        return fingerprint_of(self._chat, reply.system_fingerprint, listed)

    def close(self) -> None:
        """Ask no further question, and close the connections."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._questions.close()

    # One text

    def _hypothesis(
        self, item: tuple[str, ...], direction: Direction | None, options: DecodingOptions
    ) -> Hypothesis:
        text, *around = item
        if direction is None:
            words = options.max_target_tokens
            return self._answered([summary_prompt(self._chat, text, max_words=words)], "")
        before, after = around if len(around) == 2 else ("", "")
        prompts = [translation_prompt(self._chat, direction, text)]
        if before or after:
            inside = translation_prompt(self._chat, direction, text, before=before, after=after)
            prompts.insert(0, inside)
        return self._answered(prompts, text)

    def _answered(self, prompts: Sequence[str], source: str) -> Hypothesis:
        """Return the first good answer to the prompts, asked one after another, twice at least.

        A second question has another seed, and mostly another prompt, so that an answer to it may
        be another.
        """
        asked = [*prompts, prompts[-1]][:2]
        kept: tuple[Answer, Reply] | None = None
        for number, prompt in enumerate(asked):
            reply = self._questions.ask(prompt, seed=self._chat.seed + number)
            answer = Answer("", reply.fault) if reply.fault else read_answer(reply.content, source)
            self._count_answer(answer, reply)
            if kept is None or (answer.text and not answer.fault) or not kept[0].text:
                kept = answer, reply
            if answer.text and not answer.fault:
                break
            if number + 1 < len(asked):
                self._questions.count("asked_again")
        assert kept is not None
        answer, reply = kept
        return Hypothesis(
            text=answer.text,
            score=None,
            num_tokens=reply.num_tokens or len(answer.text.split()),
            finished=not reply.is_cut,
            fault="" if answer.text else FAULTS[answer.fault or "empty"] + reply.detail,
        )

    def _count_answer(self, answer: Answer, reply: Reply) -> None:
        names = {"talk": answer.had_talk, "cut": reply.is_cut, answer.fault: bool(answer.fault)}
        for name, is_so in names.items():
            if is_so:
                self._questions.count(name.replace("-", "_"))

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
        reply = self._questions.ask(paragraph_prompt(self._chat, direction, sentences))
        lines = None if reply.fault or reply.is_cut else read_lines(reply.content, len(sentences))
        answers = [
            read_answer(line, text) for line, text in zip(lines or (), sentences, strict=False)
        ]
        if lines is None or any(answer.fault for answer in answers):
            self._questions.count("paragraphs_singly")
            return None
        return tuple(
            Hypothesis(answer.text, None, len(answer.text.split()), True) for answer in answers
        )
