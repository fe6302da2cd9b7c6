"""Measures figures by name and prints one line of JSON last, for the ``main`` modules of ``bench/``."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Collection, Mapping
from typing import Any

from bench.machine import machine

Measure = Callable[[], Mapping[str, Any]]


def figures_parser(about: str | None, known: Collection[str]) -> ArgumentParser:
    """A parser whose ``figures`` are the names to measure; all where none is given."""

    def figure(name: str) -> str:
        if name not in known:
            raise ArgumentTypeError(f"no figure {name!r}: there are {', '.join(known)}")
        return name

    parser = ArgumentParser(description=about)
    told = f"of {', '.join(known)}; all if none is named"
    parser.add_argument("figures", nargs="*", type=figure, default=list(known), metavar="FIGURE", help=told)
    return parser


def measured(measures: Mapping[str, Measure]) -> tuple[dict[str, Any], dict[str, str]]:
    """All numbers by name, and what went wrong by figure: one that cannot be measured does not lose the others."""
    found, failed = dict[str, Any](), dict[str, str]()
    for name, measure in measures.items():
        started, numbers = time.monotonic(), dict[str, Any]()
        try:
            numbers = dict(measure())
        except (Exception, SystemExit) as error:  # noqa: BLE001  (told below, and in the exit status)
            failed[name] = repr(error)
        found |= numbers
        told = failed.get(name) or json.dumps(numbers)
        print(f"{name}, {time.monotonic() - started:.0f} s: {told}", file=sys.stderr, flush=True)
    return found, failed


def print_and_exit(found: Mapping[str, Any], failed: Mapping[str, str]) -> None:
    """Print what was found, what failed and on which machine; the exit status is 1 if anything failed."""
    print(json.dumps({**found, "failed": failed, "machine": machine()}))
    sys.exit(1 if failed else 0)
