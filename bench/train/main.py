"""``make bench-train``: measures training on real images and prints one line of JSON last.

Each figure has a module of its own with ``measure(places)``; name some of them to measure only these. Everything is
chosen on the validation split; each accuracy that is reported has looked at the test split once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.explain.machine import machine
from bench.train import (
    finetuned_accuracy,
    frozen_accuracy,
    frozen_speedup,
    input_ratio,
    resume_loss,
    sweep_speedup,
)
from bench.train.recipe import Places

FIGURES: Mapping[str, Callable[[Places], Mapping[str, object]]] = {
    "frozen_speedup": frozen_speedup.measure,
    "sweep_speedup": sweep_speedup.measure,
    "frozen_accuracy": frozen_accuracy.measure,
    "input_ratio": input_ratio.measure,
    "resume_loss": resume_loss.measure,
    "finetuned_accuracy": finetuned_accuracy.measure,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}; all if none is named")
    names = parser.parse_args().figures or list(FIGURES)
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        parser.error(f"no figure {', '.join(unknown)}: there are {', '.join(FIGURES)}")
    found = dict[str, object]()
    for name in names:
        started = time.monotonic()
        found |= FIGURES[name](_places())
        print(f"{name}: {time.monotonic() - started:.0f} s, {found}", file=sys.stderr, flush=True)
    print(json.dumps(found | {"machine": machine()}))


def _places() -> Places:
    tfds, weights = os.environ.get("TFDS_DATA_DIR"), os.environ.get("FLORESCOPE_WEIGHTS_DIR")
    folder = Path(os.environ.get("FLORESCOPE_BENCH_DIR", "var/bench/train"))
    folder.mkdir(parents=True, exist_ok=True)
    return Places(tfds, weights, folder)


if __name__ == "__main__":
    main()
