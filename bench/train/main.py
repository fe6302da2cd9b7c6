"""``make bench-train``: measures training on real images and prints one line of JSON last.

Each figure has a module of its own with ``measure(places)``; name some of them to measure only these. Everything is
chosen on the validation split; each accuracy that is reported has looked at the test split once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from bench.named_figures import figures_parser, measured, print_and_exit
from bench.train import (
    augmentation_cost,
    finetuned_accuracy,
    frozen_accuracy,
    frozen_speedup,
    input_ratio,
    resume_loss,
    sweep_speedup,
)
from bench.train.recipe import Places
from bench.train.recipes import head_parts, tuning_parts, whole_runs

FIGURES: Mapping[str, Callable[[Places], Mapping[str, object]]] = {
    "frozen_speedup": frozen_speedup.measure,
    "sweep_speedup": sweep_speedup.measure,
    "frozen_accuracy": frozen_accuracy.measure,
    "input_ratio": input_ratio.measure,
    "augmentation_cost": augmentation_cost.measure,
    "resume_loss": resume_loss.measure,
    "finetuned_accuracy": finetuned_accuracy.measure,
    "recipe_head_parts": head_parts.measure,
    "recipe_tuning_parts": tuning_parts.measure,
    "recipe_whole_runs": whole_runs.measure,
}
RECIPES = "recipes"
"""One name for all figures about recipes."""


def main() -> None:
    """Measure and print."""
    asked = figures_parser(__doc__, (*FIGURES, RECIPES)).parse_args().figures
    wanted = {name for name in asked if name != RECIPES}
    wanted |= {name for name in FIGURES if name.startswith("recipe_")} if RECIPES in asked else set()
    places = _places()
    print_and_exit(*measured({name: partial(FIGURES[name], places) for name in FIGURES if name in wanted}))


def _places() -> Places:
    tfds, weights = os.environ.get("TFDS_DATA_DIR"), os.environ.get("FLORESCOPE_WEIGHTS_DIR")
    folder = Path(os.environ.get("FLORESCOPE_BENCH_DIR", "var/bench/train"))
    folder.mkdir(parents=True, exist_ok=True)
    return Places(tfds, weights, folder)


if __name__ == "__main__":
    main()
