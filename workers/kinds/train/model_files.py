"""What is published with a model: its card, for programs and for people, and its learning curves."""

from __future__ import annotations

from jobs.models.artifact import Artifact
from jobs.models.environment import ARITHMETIC, ENVIRONMENT, Environment
from jobs.models.model import PublishedModel
from jobs.models.model_card import ModelCard, markdown, preprocessing
from jobs.results.report import Report
from jobs.specs.train_spec import TrainSpec
from ml.figures.learning_curves import Curve, learning_curves_png
from workers.step.job_kind import FinishContext


def model_files(
    finishing: FinishContext, spec: TrainSpec, report: Report, model: PublishedModel
) -> tuple[Artifact, ...]:
    """``model_card.json``, ``model_card.md`` and ``figures/learning_curves.png``."""
    card = card_of(finishing, spec, report, model)
    history = model.history
    curves = (
        Curve("Accuracy", [each.accuracy for each in history], [each.validation_accuracy for each in history]),
        Curve("Loss", [each.loss for each in history], [each.validation_loss for each in history]),
    )
    return (
        finishing.put("model_card.json", card.model_dump_json(indent=2).encode(), "application/json"),
        finishing.put("model_card.md", markdown(card).encode(), "text/markdown; charset=utf-8"),
        finishing.put(
            "figures/learning_curves.png", learning_curves_png(curves, best_epoch=model.best_epoch), "image/png"
        ),
    )


def card_of(finishing: FinishContext, spec: TrainSpec, report: Report, model: PublishedModel) -> ModelCard:
    """The card of a model that a training step has made."""
    noted = report.values.get(ENVIRONMENT)
    return ModelCard(
        model=model,
        spec=spec,
        sweep_id=finishing.job.parent,
        preprocessing=preprocessing(model),
        started_at=report.started_at,
        finished_at=report.finished_at,
        wall_time_s=round((report.finished_at - finishing.plan.created_at).total_seconds(), 1),
        skipped=report.skipped,
        environment=Environment.model_validate(noted) if noted is not None else None,
        arithmetic=str(report.values[ARITHMETIC]) if ARITHMETIC in report.values else None,
    )
