"""``make bench-scale``: measures what a million images and ten thousand jobs cost; prints one line of JSON last."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.explain.machine import machine
from bench.scale import finalizing, jobs, looking_up, sharing, watching

FIGURES: Mapping[str, Callable[[Path], Mapping[str, float]]] = {
    "finalizing": finalizing.measure,
    "looking_up": lambda folder: looking_up.measure(folder / str(finalizing.LARGE), images=finalizing.LARGE),
    "jobs": lambda _: {**jobs.jobs_page(), **jobs.reconcile_round(), **jobs.beat()},
    "sharing": lambda _: sharing.measure(),
    "watching": lambda _: watching.measure(),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}; all if none is named")
    names = parser.parse_args().figures or list(FIGURES)
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        parser.error(f"no figure {', '.join(unknown)}: there are {', '.join(FIGURES)}")
    if "looking_up" in names and "finalizing" not in names:
        names = ["finalizing", *names]  # which makes the job that is looked into
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="florescope-scale-") as folder:
        for name in names:
            started = time.monotonic()
            figures = FIGURES[name](Path(folder))
            found |= figures
            print(f"{name}, {time.monotonic() - started:.0f} s: {json.dumps(figures)}", file=sys.stderr, flush=True)
    print(json.dumps(found | {"machine": machine()}))


if __name__ == "__main__":
    main()
