"""What servers have said of their models, kept in seedsum's home, and what a run says of them.

A run with nothing to do asks no server: it plans with what was said the last time, as it plans with
the pinned commits of other models. Before there is work, each server is asked again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from seedsum.engines import identify, is_remote
from seedsum.engines.chat_address import Reach, host_of, reach_of
from seedsum.errors import ModelError
from seedsum.files import write_file
from seedsum.models import storage
from seedsum.records import ModelSpec, ResolvedModel

_NAME = "servers.json"


def with_fingerprint(model: ResolvedModel) -> ResolvedModel:
    """Return a model on a server with the fingerprint that it had the last time, as its revision.

    That of one that says nothing of itself is empty.
    """
    spec = model.spec
    if not is_remote(spec):
        return model
    known = _read().get(_key(spec), "") if spec.chat.check_fingerprint else ""
    return replace(model, revision=known, weights_sha256="")


def ask_servers(models: Iterable[ResolvedModel]) -> bool:
    """Ask each server what it runs; return whether any says another thing than the last time.

    Raises:
        ModelError: One does not answer, or not as it should.
    """
    known = _read()
    found = dict(known)
    for spec in {model.spec.name: model.spec for model in models}.values():
        if is_remote(spec):
            found[_key(spec)] = identify(spec)
    if found == known:
        return False
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True)
    with suppress(OSError):
        write_file(_path(), (text + "\n").encode())
    return True


def refuse_distant(specs: Iterable[ModelSpec]) -> None:
    """Raise a ModelError where a model is on the internet, and the network is not to be used."""
    for spec in specs:
        address = spec.chat.address
        if is_remote(spec) and address and reach_of(address) is Reach.INTERNET:
            raise ModelError(
                f"model {spec.name} is on the internet ({host_of(address)}), and the network"
                " is not to be used (--offline)"
            )


def where_it_is(spec: ModelSpec) -> str:
    """Return where a model's server is, for people."""
    return f"{spec.chat.model} at {spec.chat.address}, on {reach_of(spec.chat.address)}"


def leaving(models: Iterable[ResolvedModel]) -> Iterator[str]:
    """Yield where the text of articles goes to, beyond this machine, one line a model."""
    for spec in {model.spec.name: model.spec for model in models}.values():
        if not (is_remote(spec) and spec.chat.address):
            continue
        reach = reach_of(spec.chat.address)
        if reach is not Reach.MACHINE:
            yield (
                f"WARNING: the text of articles leaves this machine: model {spec.name} is at"
                f" {host_of(spec.chat.address)}, on {reach}"
            )


def _key(spec: ModelSpec) -> str:
    return f"{spec.chat.address} {spec.chat.model}"


def _path() -> Path:
    return storage.home() / _NAME


def _read() -> dict[str, str]:
    with suppress(OSError, ValueError):
        found: Mapping[str, str] = json.loads(_path().read_bytes())
        return {str(key): str(value) for key, value in found.items()}
    return {}
