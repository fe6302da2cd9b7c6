"""Keeps the outcome of each model in a file of its own, so that an interrupted run goes on where it was."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from bench.audit.case import Case
from bench.audit.trial import Outcome


def keep(outcome: Outcome, folder: Path) -> None:
    """Write it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{outcome.case.name}.json").write_text(json.dumps(asdict(outcome), indent=2))


def kept_outcome(case: Case, folder: Path) -> Outcome | None:
    """Read it; None where there is none."""
    path = folder / f"{case.name}.json"
    if not path.is_file():
        return None
    document = json.loads(path.read_text())
    return Outcome(**(document | {"case": Case(**document["case"])}))
