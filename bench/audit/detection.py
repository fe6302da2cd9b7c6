"""What was found of each kind of shortcut, as a document that audits show: they say what they cannot see."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.audit.case import CLEAN
from bench.audit.plants import PLANTS
from bench.audit.trial import Outcome


def detection(outcomes: Sequence[Outcome], *, measured_on: str) -> dict[str, Any]:
    """How many of each kind were planted, used by the network, and found; and false alarms of other models."""
    kinds = []
    for plant in PLANTS:
        of = [each for each in outcomes if each.case.plant == plant]
        used = [each for each in of if each.used]
        kinds.append({"kind": plant, "planted": len(of), "used": len(used), "found": sum(each.found for each in used)})
    clean = [each for each in outcomes if each.case.plant == CLEAN]
    unused = [each for each in outcomes if each.used is False]
    return {
        "measured_on": measured_on,
        "kinds": kinds,
        "clean_models": len(clean),
        "false_alarms": sum(each.false_alarms for each in clean),
        "unused_models": len(unused),
        "unused_alarms": sum(each.false_alarms for each in unused),
    }


def write_detection(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write it as JSON."""
    sources = sorted({each.case.source for each in outcomes})
    document = detection(outcomes, measured_on=f"{len(outcomes)} models of {' and '.join(sources)}")
    path.write_text(json.dumps(document, indent=2) + "\n")
