"""What two processes say to each other: nobody waits for a side that has stopped."""

from __future__ import annotations

import os
import pickle
from multiprocessing.connection import Pipe

import pytest

from seedsum.pipeline.worker.channel import Channel


def test_messages_come_in_order_both_ways() -> None:
    one, other = map(Channel, Pipe())
    for number in range(100):
        one.send(number)
        other.send(-number)
    assert [other.receive(60) for _ in range(100)] == list(range(100))
    assert [one.receive(60) for _ in range(100)] == [-number for number in range(100)]


def test_half_a_message_is_waited_for_no_longer_than_asked() -> None:
    ours, theirs = Pipe()
    channel = Channel(ours)
    message = pickle.dumps("x" * 1_000)
    os.write(theirs.fileno(), len(message).to_bytes(4, "big") + message[:500])
    with pytest.raises(TimeoutError):
        channel.receive(0.1)
    os.write(theirs.fileno(), message[500:])
    assert channel.receive(60) == "x" * 1_000


def test_sending_to_a_side_that_reads_nothing_returns_at_once() -> None:
    ours, theirs = Pipe()
    channel = Channel(ours)
    for _ in range(100):
        channel.send(b"x" * 1_000_000)
    theirs.close()
    channel.flush()  # and what cannot be sent is waited for by nobody
    with pytest.raises(EOFError):
        channel.receive()


def test_the_other_sides_end_is_told_after_its_last_message_and_again() -> None:
    ours, theirs = Pipe()
    channel = Channel(ours)
    theirs.send("the last")
    theirs.close()
    assert channel.receive(60) == "the last"
    for _ in range(2):
        with pytest.raises(EOFError):
            channel.receive(60)


def test_what_cannot_be_sent_is_told_to_who_sends_it() -> None:
    channel = Channel(Pipe()[0])
    with pytest.raises((AttributeError, pickle.PicklingError)):
        channel.send(lambda: None)
