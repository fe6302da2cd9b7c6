"""``make bench-audit``: audits models in which something is planted, and clean ones, and prints one line of JSON last.

Each figure is a part of the same trials; name some of them to print only these. ``--cases choice`` takes the models on
which thresholds were chosen. The outcome of each model is kept under ``var/bench/audit/outcomes`` (or
``FLORESCOPE_BENCH_DIR``), so that a run that was interrupted goes on; ``--again`` measures all anew.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.audit.case import SOURCES, Case, choice, held_out
from bench.audit.detection import write_detection
from bench.audit.figures import false_alarms, shortcut_place, shortcut_recall
from bench.audit.kept_outcomes import keep, kept_outcome
from bench.audit.trial import Outcome, run_trial
from bench.explain.machine import machine

FIGURES: Mapping[str, Callable[[Sequence[Outcome]], dict[str, Any]]] = {
    "shortcut_recall": shortcut_recall,
    "shortcut_place": shortcut_place,
    "false_alarms": false_alarms,
}


def main() -> None:
    """Measure and print."""
    asked = _asked()
    cases = [case for case in (choice() if asked.cases == "choice" else held_out()) if case.source in asked.source]
    folder = Path(os.environ.get("FLORESCOPE_BENCH_DIR", "var/bench/audit")) / "outcomes"
    outcomes, failed = trials(cases, folder, again=asked.again)
    found = dict[str, Any]()
    for name in asked.figures or FIGURES:
        found |= FIGURES[name](outcomes)
    if asked.detection:
        write_detection(outcomes, Path(asked.detection))
    print(json.dumps(found | {"cases": asked.cases, "models": len(outcomes), "failed": failed, "machine": machine()}))
    sys.exit(1 if failed else 0)


def trials(cases: Sequence[Case], folder: Path, *, again: bool) -> tuple[list[Outcome], dict[str, str]]:
    """The outcome of each case, and what went wrong by case: one that fails does not lose the others."""
    outcomes, failed = list[Outcome](), dict[str, str]()
    for case in cases:
        started = time.monotonic()
        outcome = None if again else kept_outcome(case, folder)
        try:
            outcome = outcome or run_trial(case)
        except Exception as error:  # noqa: BLE001  (told below, and in the exit status)
            failed[case.name] = repr(error)
        else:
            outcomes.append(outcome)
            keep(outcome, folder)
        told = failed.get(case.name) or _told(outcome)
        print(f"{case.name}, {time.monotonic() - started:.0f} s: {told}", file=sys.stderr, flush=True)
    return outcomes, failed


def _told(outcome: Outcome | None) -> str:
    if outcome is None:
        return "nothing"
    words = f"used {outcome.used}, found {outcome.found}, place {outcome.place_found}, alarms {outcome.false_alarms}"
    return f"{words}, {json.dumps(outcome.details)}"


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}; all if none is named")
    parser.add_argument("--cases", choices=("choice", "held out"), default="held out")
    parser.add_argument("--source", choices=SOURCES, nargs="+", default=SOURCES)
    parser.add_argument("--again", action="store_true", help="measure models anew whose outcome is kept")
    parser.add_argument("--detection", metavar="FILE", help="write what was found of each kind, for audits to show")
    asked = parser.parse_args()
    unknown = [name for name in asked.figures if name not in FIGURES]
    if unknown:
        parser.error(f"no figure {', '.join(unknown)}: there are {', '.join(FIGURES)}")
    return asked


if __name__ == "__main__":
    main()
