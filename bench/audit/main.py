"""``make bench-audit``: audits models in which something is planted, and clean ones, and prints one line of JSON last.

Each figure is a part of the same trials; name some of them to print only these. ``--cases choice`` runs the models on
which thresholds were chosen.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from bench.audit.case import Case, choice, held_out
from bench.audit.detection import write_detection
from bench.audit.figures import false_alarms, shortcut_place, shortcut_recall
from bench.audit.trial import Outcome, run_trial
from bench.explain.machine import machine

FIGURES: Mapping[str, Callable[[Sequence[Outcome]], Mapping[str, object]]] = {
    "shortcut_recall": shortcut_recall,
    "shortcut_place": shortcut_place,
    "false_alarms": false_alarms,
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}; all if none is named")
    parser.add_argument("--cases", choices=("choice", "held out"), default="held out")
    parser.add_argument("--detection", metavar="FILE", help="write what was found of each kind, for audits to show")
    asked = parser.parse_args()
    names = asked.figures or list(FIGURES)
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        parser.error(f"no figure {', '.join(unknown)}: there are {', '.join(FIGURES)}")
    outcomes, failed = trials(choice() if asked.cases == "choice" else held_out())
    found = dict[str, object]()
    for name in names:
        found |= FIGURES[name](outcomes)
    if asked.detection:
        write_detection(outcomes, Path(asked.detection))
    print(json.dumps(found | {"cases": asked.cases, "models": len(outcomes), "failed": failed, "machine": machine()}))
    sys.exit(1 if failed else 0)


def trials(cases: Sequence[Case]) -> tuple[list[Outcome], dict[str, str]]:
    """The outcome of each case, and what went wrong by case: one that fails does not lose the others."""
    outcomes, failed = list[Outcome](), dict[str, str]()
    for case in cases:
        started = time.monotonic()
        try:
            outcome = run_trial(case)
        except Exception as error:  # noqa: BLE001  (told below, and in the exit status)
            failed[case.name] = repr(error)
            told = failed[case.name]
        else:
            outcomes.append(outcome)
            told = json.dumps({key: value for key, value in asdict(outcome).items() if key != "case"})
        print(f"{case.name}, {time.monotonic() - started:.0f} s: {told}", file=sys.stderr, flush=True)
    return outcomes, failed


if __name__ == "__main__":
    main()
