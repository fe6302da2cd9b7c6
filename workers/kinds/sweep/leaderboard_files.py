"""The leaderboard of a sweep as files: a table for spreadsheets, the same for programs, and a picture."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from jobs.models.artifact import Artifact
from jobs.results.report import Report
from jobs.results.trial_run import TrialRun, leaderboard
from jobs.specs.search_space import describe_settings
from jobs.specs.sweep_spec import SweepSpec
from ml.figures.leaderboard_figure import Bar, leaderboard_png
from workers.step.job_kind import FinishContext

_MEASURED = ("validation_accuracy", "validation_loss", "test_accuracy", "seconds", "state", "job_id", "error")
_DRAWN = 40


def leaderboard_files(spec: SweepSpec, context: FinishContext, runs: Sequence[TrialRun]) -> tuple[Artifact, ...]:
    """``leaderboard.csv``, ``leaderboard.json`` and, where a trial left a model, ``figures/leaderboard.png``.

    Best trial first.
    """
    best_first = leaderboard(runs)
    table = as_csv(best_first, list(spec.grid or spec.random))
    document = {
        "sweep": context.job.id,
        "name": spec.name,
        "trials": [{"rank": rank, **run.model_dump(mode="json")} for rank, run in enumerate(best_first, start=1)],
        "runs": [run.model_dump(mode="json") for run in runs],
    }
    files = (
        context.files.put("leaderboard.csv", table.encode(), "text/csv"),
        context.files.put("leaderboard.json", json.dumps(document, indent=2).encode(), "application/json"),
    )
    bars = [_bar(run) for run in best_first if run.usable][:_DRAWN]
    return (*files, context.files.put("figures/leaderboard.png", leaderboard_png(bars), "image/png")) if bars else files


def runs_of(report: Report) -> tuple[TrialRun, ...]:
    """The trainings that a sweep's report tells of."""
    found = report.values["runs"]
    return tuple(TrialRun.model_validate(run) for run in found) if isinstance(found, list) else ()


def as_csv(best_first: list[TrialRun], fields: list[str]) -> str:
    """One line per trial; what is not known is left empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["rank", "trial", "rung", "epochs", *fields, *_MEASURED])
    for rank, run in enumerate(best_first, start=1):
        settings = (_cell(run.settings.get(field)) for field in fields)
        measured = (getattr(run, name) for name in _MEASURED)
        writer.writerow([rank, run.trial, run.rung, run.epochs, *settings, *measured])
    return text.getvalue()


def _cell(value: object) -> object:
    return value if isinstance(value, str | int | float) else json.dumps(value)


def _bar(run: TrialRun) -> Bar:
    return Bar(
        label=f"{run.trial}: {describe_settings(run.settings)}",
        validation=run.validation_accuracy or 0.0,
        test=run.test_accuracy,
        epochs=run.epochs,
    )
