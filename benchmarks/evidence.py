"""Set the bounds of a model's evidence again, and say what it finds under them.

    python benchmarks/evidence.py [--profile starter] [--write] [--pairs FILE]

For each direction of the profile: the bounds, how many of the calibration pairs that lack a part
are found, and with `--pairs` (JSON lines or TSV, as `seedsum check` reads them) how many of each
kind of fault. `--write` puts the bounds of bundled models into the package; it must be done when
their weights or the calibration pairs change (`tests/test_evidence.py` asks for it).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from seedsum import models
from seedsum.config import load_settings
from seedsum.engines import load_model
from seedsum.engines.batches import LoadedModel
from seedsum.evaluation.pairs import TextPair, parse_pairs
from seedsum.models.bounds import bounds_of, ship
from seedsum.records import Runtime
from seedsum.translation.calibration import read_examples
from seedsum.translation.evidence import find


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", default="starter")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--pairs", type=Path)
    arguments = parser.parse_args()
    settings = load_settings()
    resolution = models.resolve(settings, arguments.profile, offline=True, strict=True)
    pairs: tuple[TextPair, ...] = ()
    if file := arguments.pairs:
        pairs = parse_pairs(file.read_text(encoding="utf-8"), name=str(file))
    for direction, (step, *later) in settings.profile(arguments.profile).routes:
        if later:
            continue
        resolved = resolution.models[step.model]
        model = LoadedModel(
            load_model(resolved, Runtime()), max_source_tokens=resolved.spec.max_source_tokens
        )
        set_bounds = ship if arguments.write and resolved.spec.bundled else bounds_of
        bounds = set_bounds(resolved, model, direction)
        print(f"{step.model} {direction}: {bounds}")
        examples = [
            TextPair(str(i), direction.source, one.source, one.shortened, "shortened", True)
            for i, one in enumerate(read_examples(direction.source))
            if one.shortened
        ]
        chosen = [*examples, *(pair for pair in pairs if pair.language == direction.source)]
        texts = [(pair.source, pair.translation) for pair in chosen]
        flagged = [bool(flags) for flags in find(texts, model, direction, bounds)]
        print("\n".join(f"  {line}" for line in table(chosen, flagged)))
        model.close()


def table(pairs: Iterable[TextPair], flagged: Iterable[bool]) -> Iterable[str]:
    """Yield for each kind of fault how many pairs have it, and how many of these are flagged."""
    num_all, num_found = Counter[str](), Counter[str]()
    for pair, is_flagged in zip(pairs, flagged, strict=True):
        num_all[pair.fault or "right"] += 1
        num_found[pair.fault or "right"] += is_flagged
    for kind in sorted(num_all):
        yield f"{kind}: {num_found[kind]} of {num_all[kind]}"


if __name__ == "__main__":
    main()
