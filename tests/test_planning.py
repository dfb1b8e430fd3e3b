"""What a run would do, and why: every reason, the order, and that success leaves no work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from seedsum.pipeline.hand_edits import HandEdit
from seedsum.pipeline.planning import MAX_FAILURES, plan
from seedsum.records import Action, Failure, Integrity, KeyParts, RecordState, Source, Status, Task

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PARTS = KeyParts(source="", models="m", options="o", format="f")


def source(name: str = "a.txt", *, sha256: str = "s", error: str = "") -> Source:
    return Source(name, name, sha256, 10, error=error)


def current(name: str = "a.txt", *, sha256: str = "s") -> RecordState:
    return RecordState(
        name=name,
        integrity=Integrity.INTACT,
        status=Status.CLEAN,
        source_sha256=sha256,
        key_parts=replace(PARTS, source=sha256),
        routes=("vi->en",),
        files=("summary", "translation"),
    )


def expected_key(source: Source, state: RecordState) -> KeyParts:
    return replace(PARTS, source=source.sha256)


def plan_one(
    state: RecordState | None,
    *,
    of: Source | None = None,
    force: bool = False,
    edits: Mapping[str, HandEdit] = MappingProxyType({}),
) -> tuple[Action, tuple[str, ...]]:
    records: Mapping[str, RecordState] = {state.name: state} if state else {}
    (task,) = plan([of or source()], records, expected_key=expected_key, force=force, edits=edits)
    return task.action, task.reasons


def test_plan_leaves_a_current_pair() -> None:
    assert plan_one(current()) == (Action.LEAVE, ("current",))


def test_plan_writes_what_is_new() -> None:
    assert plan_one(None) == (Action.WRITE, ("new",))


def test_plan_redoes_when_the_source_changes() -> None:
    assert plan_one(current(sha256="old")) == (Action.WRITE, ("source-changed",))


def test_plan_redoes_when_the_model_the_options_or_the_format_change() -> None:
    parts = replace(PARTS, source="s", models="old", options="old", format="old")
    assert plan_one(replace(current(), key_parts=parts)) == (
        Action.WRITE,
        ("model-changed", "options-changed", "format-changed"),
    )


def test_plan_compares_with_another_format_only_what_both_have() -> None:
    parts = replace(PARTS, source="s", models="old", options="old", format="old")
    state = replace(current(), key_parts=parts, format_version=1)
    assert plan_one(state) == (Action.WRITE, ("format-changed",))
    changed = replace(state, key_parts=replace(parts, source="old"))
    assert plan_one(changed) == (Action.WRITE, ("source-changed", "format-changed"))


def test_plan_redoes_what_a_reviewer_has_spoken_on() -> None:
    parts = replace(PARTS, source="s", reviews="r")
    assert plan_one(replace(current(), key_parts=parts)) == (Action.WRITE, ("reviewed",))


def test_plan_redoes_a_pair_of_the_fallback_models_once_others_are_there() -> None:
    old = replace(PARTS, source="s", models="starter")
    assert plan_one(replace(current(), key_parts=old, fallback=True)) == (
        Action.WRITE,
        ("fallback",),
    )
    assert plan_one(replace(current(), fallback=True)) == (Action.LEAVE, ("current",))


def test_plan_redoes_an_incomplete_pair_and_one_without_a_key() -> None:
    assert plan_one(replace(current(), integrity=Integrity.INCOMPLETE))[1] == ("incomplete",)
    assert plan_one(replace(current(), key_parts=None))[1] == ("incomplete",)


def test_plan_tries_again_what_failed_before() -> None:
    assert plan_one(replace(current(), status=Status.FAILED))[1] == ("failed-before",)
    assert plan_one(replace(current(), status=Status.FAILED, key_parts=None))[1] == (
        "failed-before",
    )


def test_an_edited_pair_is_made_again_where_its_edit_can_be_taken_in() -> None:
    edited = replace(current(), integrity=Integrity.EDITED)
    assert plan_one(edited, edits={"a.txt": HandEdit()}) == (Action.WRITE, ("edited",))
    newer = {"a.txt": HandEdit(reviews=(cast(Any, None),), num_sentences=1)}
    assert plan_one(edited, edits=newer) == (Action.WRITE, ("edited", "reviewed"))
    assert plan_one(edited, edits=newer, force=True)[1] == ("forced", "edited", "reviewed")
    waiting = {"a.txt": HandEdit(waits="the models are not there")}
    assert plan_one(edited, edits=waiting, force=True) == (Action.LEAVE, ("edited",))


def test_plan_never_touches_an_edited_pair_of_which_nothing_is_known() -> None:
    edited = replace(current(sha256="old"), integrity=Integrity.EDITED)
    assert plan_one(edited) == (Action.LEAVE, ("edited",))
    assert plan_one(edited, force=True) == (Action.LEAVE, ("edited",))


def test_force_redoes_a_current_pair_and_keeps_the_other_reasons() -> None:
    assert plan_one(current(), force=True) == (Action.WRITE, ("forced",))
    assert plan_one(None, force=True) == (Action.WRITE, ("forced", "new"))


def test_plan_hands_on_a_source_that_cannot_be_read_without_asking_for_its_key() -> None:
    broken = source(sha256="", error="too large")

    def no_key(source: Source, state: RecordState) -> KeyParts:
        raise AssertionError("there is no key without a hash")

    (task,) = plan([broken], {"a.txt": current()}, expected_key=no_key)
    assert (task.action, task.reasons) == (Action.WRITE, ("source-changed",))


def test_plan_reports_orphans_only_for_a_whole_folder() -> None:
    records = {"b.txt": current("b.txt"), "a.txt": current()}
    assert plan([], records, expected_key=expected_key) == ()
    tasks = plan([source()], records, expected_key=expected_key, report_orphans=True)
    assert tasks[1:] == (Task("b.txt", Action.LEAVE, ("orphaned",)),)


def test_limit_counts_only_writes_and_says_what_waits() -> None:
    tasks = plan(
        [source("a.txt"), source("b.txt"), source("c.txt")],
        {"a.txt": current()},
        expected_key=expected_key,
        limit=1,
    )
    assert [task.reasons for task in tasks] == [("current",), ("new",), ("over-limit",)]


def test_what_always_fails_does_not_use_up_the_limit() -> None:
    tasks = plan(
        [source("a.txt"), source("b.txt")],
        {"a.txt": replace(current(), status=Status.FAILED)},
        expected_key=expected_key,
        limit=1,
    )
    assert [task.reasons for task in tasks] == [("over-limit",), ("new",)]


def plan_failed(
    *,
    num_failures: int = MAX_FAILURES,
    sha256: str = "s",
    conditions: str = "c",
    state: RecordState | None = None,
    force: bool = False,
    minutes_ago: float = 0.0,
) -> Task:
    last = (NOW - timedelta(minutes=minutes_ago)).isoformat(timespec="seconds")
    failure = Failure(sha256, conditions, num_failures, "it broke", first=last, last=last)
    (task,) = plan(
        [source()],
        {"a.txt": state or replace(current(), status=Status.FAILED)},
        expected_key=expected_key,
        force=force,
        failures={"a.txt": failure},
        conditions="c",
        now=NOW,
    )
    return task


def test_what_failed_three_times_is_left_with_the_reason() -> None:
    task = plan_failed()
    assert (task.action, task.reasons) == (Action.LEAVE, ("quarantined",))
    assert task.message == "it broke"


def test_what_failed_once_is_tried_by_the_next_run_and_then_an_hour_later() -> None:
    assert plan_failed(num_failures=1).reasons == ("failed-before",)
    task = plan_failed(num_failures=2, minutes_ago=59)
    assert (task.action, task.reasons) == (Action.LEAVE, ("backing-off",))
    assert task.message == "it broke; tried again after 2026-01-01T12:01:00+00:00"
    assert plan_failed(num_failures=2, minutes_ago=60).action is Action.WRITE
    assert plan_failed(num_failures=2, minutes_ago=1, sha256="old").action is Action.WRITE
    assert plan_failed(num_failures=2, minutes_ago=1, force=True).action is Action.WRITE


def test_a_clock_that_was_set_back_keeps_no_document_waiting() -> None:
    assert plan_failed(num_failures=2, minutes_ago=-100).action is Action.WRITE


def test_a_quarantined_document_is_tried_when_anything_changes_or_by_force() -> None:
    assert plan_failed(sha256="old").action is Action.WRITE
    assert plan_failed(conditions="older models").action is Action.WRITE
    assert plan_failed(force=True).action is Action.WRITE


def test_a_current_or_edited_pair_is_what_it_is_whatever_failed_before() -> None:
    assert plan_failed(state=current()).reasons == ("current",)
    edited = replace(current(), integrity=Integrity.EDITED)
    assert plan_failed(state=edited).reasons == ("edited",)


names = st.lists(st.sampled_from([f"{letter}.txt" for letter in "abcdefgh"]), unique=True)
states = st.builds(current, name=st.just(""), sha256=st.sampled_from(["s", "old"])) | st.builds(
    RecordState,
    name=st.just(""),
    integrity=st.sampled_from(Integrity),
    status=st.sampled_from([None, *Status]),
)


@given(names, st.dictionaries(st.sampled_from([f"{c}.txt" for c in "abcdefgh"]), states))
def test_planning_after_success_gives_no_work(
    names: list[str], before: dict[str, RecordState]
) -> None:
    sources = [source(name) for name in names]
    before = {name: replace(state, name=name) for name, state in before.items()}
    tasks = plan(sources, before, expected_key=expected_key)
    assert [task.name for task in tasks] == names
    done = {task.name: current(task.name) for task in tasks if task.action is Action.WRITE}
    again = plan(sources, {**before, **done}, expected_key=expected_key)
    assert all(task.action is Action.LEAVE for task in again)


@given(names, st.integers(0, 9))
def test_limit_is_kept_and_the_rest_follows_in_later_runs(names: list[str], limit: int) -> None:
    sources = [source(name) for name in names]
    tasks = plan(sources, {}, expected_key=expected_key, limit=limit)
    writes = [task for task in tasks if task.action is Action.WRITE]
    assert len(writes) == min(limit, len(names))
    done = {task.name: current(task.name) for task in writes}
    rest = plan(sources, done, expected_key=expected_key)
    assert sum(task.action is Action.WRITE for task in rest) == len(names) - len(writes)
