"""``make bench-shared``: measures what it costs to share an installation; prints one line of JSON last."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable, Mapping

import structlog

from bench.explain.machine import machine
from bench.shared import auth_overhead

FIGURES: Mapping[str, Callable[[], Mapping[str, float]]] = {"auth_overhead": auth_overhead.measure}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}; all if none is named")
    names = parser.parse_args().figures or list(FIGURES)
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        parser.error(f"no figure {', '.join(unknown)}: there are {', '.join(FIGURES)}")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    found: dict[str, object] = {}
    for name in names:
        started = time.monotonic()
        figures = FIGURES[name]()
        found |= figures
        print(f"{name}, {time.monotonic() - started:.0f} s: {json.dumps(figures)}", file=sys.stderr, flush=True)
    print(json.dumps(found | {"machine": machine()}))


if __name__ == "__main__":
    main()
