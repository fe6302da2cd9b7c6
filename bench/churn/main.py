"""``make bench-churn``: what it costs that workers come and go, and to be watched; prints one line of JSON last."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from bench.churn import coming_and_going, idle_log, scrape
from bench.explain.machine import machine

FIGURES: Mapping[str, Callable[[Path], Mapping[str, float]]] = {
    "churn": partial(coming_and_going.measure, shard=coming_and_going.SHORT),
    "churn_long": partial(coming_and_going.measure, shard=coming_and_going.LONG),
    "idle_log": idle_log.measure,
    "scrape": scrape.measure,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}; all if none is named")
    names = parser.parse_args().figures or list(FIGURES)
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        parser.error(f"no figure {', '.join(unknown)}: there are {', '.join(FIGURES)}")
    found: dict[str, object] = {}
    for name in names:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="florescope-churn-") as folder:
            found |= FIGURES[name](Path(folder))
        print(f"{name}, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print(json.dumps(found | {"machine": machine()}))


if __name__ == "__main__":
    main()
