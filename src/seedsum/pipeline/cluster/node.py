"""What a worker's machine has of what the run found on its own: files, models, cores."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from seedsum import __version__
from seedsum.engines.arithmetic import describe
from seedsum.errors import ModelError, UsageError
from seedsum.models.locating import LocalModels
from seedsum.models.storage import home
from seedsum.output.places import Place, place_of
from seedsum.pipeline.context import Context
from seedsum.pipeline.decodings import worker_cache_path
from seedsum.pipeline.options import RunOptions
from seedsum.pipeline.worker.crew import max_memory_bytes
from seedsum.pipeline.worker.messages import Setup
from seedsum.records import ResolvedModel, Runtime

#: What a run writes for its workers to read, so that both know that they see the same output.
SIGHT = "seen.txt"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a worker on another machine is told before its first window."""

    name: str
    options: RunOptions
    version: str  # of the run's own seedsum
    folder: str  # in which the run was started
    run: str  # of the output's lock, which the worker joins
    seen: str  # a file in the output,
    sight: str  # and what it says
    sample: str  # one of the articles, empty where none is a file
    num_cores: int
    slot: int  # its cache is that of the last worker with this number


def output_of(assignment: Assignment) -> Place:
    """Return the place to publish to, as a part of the run.

    Raises:
        UsageError: This machine does not see the run's files, or has another seedsum.
    """
    if assignment.version != __version__:
        raise UsageError(
            f"it has seedsum {__version__}, and the run {assignment.version}; install the same"
        )
    with suppress(OSError):  # a run from store to store needs no folder
        os.chdir(assignment.folder)
    output = assignment.options.output
    place = place_of(output)
    if (place.read(assignment.seen) or b"").decode() != assignment.sight:
        raise UsageError(
            f"it does not see the output {place.show()} as the run does; put it on a disk that all"
            " machines share, or into an object store"
        )
    if assignment.sample and not Path(assignment.sample).exists():
        raise UsageError(
            f"it does not see {assignment.sample}; put the articles on a disk that all machines"
            " share, or into an object store"
        )
    return place.joined(assignment.run)


def setup_here(assignment: Assignment, setup: Setup, *, output: Place) -> Setup:
    """Return what a worker on this machine has to know, from what one on the run's would.

    Raises:
        ModelError: A model is not here, or is another.
    """
    options = assignment.options
    context = replace(
        setup.context,
        models=_models_here(setup.context),
        runtime=Runtime(
            device=setup.context.runtime.device,
            num_workers=assignment.num_cores,
            threads_per_worker=1,
        ),
    )
    return replace(
        setup,
        context=context,
        cache_path=worker_cache_path(output, assignment.slot) if options.cache else None,
        max_memory_bytes=max_memory_bytes(context, options),
    )


def _models_here(context: Context) -> Mapping[str, ResolvedModel]:
    local = LocalModels.of(context.settings)
    return {
        name: _model_here(model, local, context) if model.folder is not None else model
        for name, model in context.models.items()
    }


def _model_here(model: ResolvedModel, local: LocalModels, context: Context) -> ResolvedModel:
    name = model.spec.name
    found = local.locate(context.settings.models[name])
    remedy = (
        f"run `seedsum models pull --profile {context.profile.name}` there with the models.lock of"
        " the run, or set SEEDSUM_HOME to a folder that all machines share"
    )
    if found is None:
        raise ModelError(f"model {name} is not in {home()}; {remedy}")
    if found.weights_sha256 != model.weights_sha256:
        raise ModelError(f"model {name} has other files there than where the run began; {remedy}")
    return replace(model, folder=found.folder)


def arithmetic(context: Context) -> str:
    """Return the classes of arithmetic that this machine computes in; see `engines.arithmetic`."""
    found = {describe(model, context.runtime) for model in context.models.values()}
    return ", ".join(sorted(found - {""}))


def host() -> str:
    """Return what this machine calls itself."""
    return socket.gethostname()
