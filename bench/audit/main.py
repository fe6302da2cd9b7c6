"""``make bench-audit``: measures what audits find of what was planted, and prints one line of JSON last.

Name some figures to measure only these. Those of shortcuts come from the same models; ``--cases choice`` takes the
models on which thresholds were chosen. The outcome of each model is kept under ``var/bench/audit/outcomes`` (or
``FLORESCOPE_BENCH_DIR``), so that a run that was interrupted goes on; ``--again`` measures all anew.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench.audit.audit_cost import audit_cost_figures
from bench.audit.case import SOURCES, Case, cases
from bench.audit.detection import write_detection
from bench.audit.duplicates import duplicate_figures
from bench.audit.figures import false_alarms, shortcut_place, shortcut_recall
from bench.audit.kept_outcomes import keep, kept_outcome
from bench.audit.label_errors import label_error_figures
from bench.audit.trial import Outcome, run_trial
from bench.named_figures import Measure, figures_parser, measured, print_and_exit

FIGURES: Mapping[str, Callable[[Sequence[Outcome]], dict[str, Any]]] = {
    "shortcut_recall": shortcut_recall,
    "shortcut_place": shortcut_place,
    "false_alarms": false_alarms,
}
"""Of models in which shortcuts are planted, and of clean ones."""
DATA_FIGURES: Mapping[str, Measure] = {
    "label_errors": label_error_figures,
    "duplicates": duplicate_figures,
    "audit_cost": audit_cost_figures,
}
"""Of data in which labels are wrong, or pictures are copied between splits; and what an audit costs."""


def main() -> None:
    """Measure and print."""
    asked = _asked()
    found, failed = dict[str, Any](), dict[str, str]()
    measures = {name: DATA_FIGURES[name] for name in asked.figures if name in DATA_FIGURES}
    if of_models := [name for name in asked.figures if name in FIGURES]:
        outcomes, failed = trials(_cases(asked), _folder(), again=asked.again)
        found = {"cases": asked.cases, "models": len(outcomes)}
        measures = {name: partial(FIGURES[name], outcomes) for name in of_models} | measures
        if asked.detection:
            write_detection(outcomes, Path(asked.detection))
    numbers, missing = measured(measures)
    print_and_exit(found | numbers, failed | missing)


def _cases(asked: argparse.Namespace) -> list[Case]:
    return [case for case in cases(asked.cases) if case.source in asked.source]


def _folder() -> Path:
    return Path(os.environ.get("FLORESCOPE_BENCH_DIR", "var/bench/audit")) / "outcomes"


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
    parser = figures_parser(__doc__, [*FIGURES, *DATA_FIGURES])
    parser.add_argument("--cases", choices=("choice", "held out"), default="held out")
    parser.add_argument("--source", choices=SOURCES, nargs="+", default=SOURCES)
    parser.add_argument("--again", action="store_true", help="measure models anew whose outcome is kept")
    parser.add_argument("--detection", metavar="FILE", help="write what was found of each kind, for audits to show")
    return parser.parse_args()


if __name__ == "__main__":
    main()
