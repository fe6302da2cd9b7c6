"""``make bench-scale``: measures what a million images and ten thousand jobs cost; prints one line of JSON last."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from bench.named_figures import figures_parser, measured, print_and_exit
from bench.scale import filling, finalizing, jobs, looking_up, sharing, watching

FIGURES: Mapping[str, Callable[[Path], Mapping[str, float]]] = {
    "finalizing": finalizing.measure,
    "looking_up": lambda folder: looking_up.measure(folder / str(finalizing.LARGE), images=finalizing.LARGE),
    "jobs": lambda _: {**jobs.jobs_page(), **jobs.reconcile_round(), **jobs.beat()},
    "filling": lambda _: filling.measure(),
    "sharing": lambda _: sharing.measure(),
    "watching": lambda _: watching.measure(),
}


def main() -> None:
    """Measure and print."""
    names = set(figures_parser(__doc__, FIGURES).parse_args().figures)
    if "looking_up" in names:
        names.add("finalizing")  # which makes the job that is looked into, so it comes first
    with tempfile.TemporaryDirectory(prefix="florescope-scale-") as folder:
        found = measured({name: partial(FIGURES[name], Path(folder)) for name in FIGURES if name in names})
    print_and_exit(*found)


if __name__ == "__main__":
    main()
