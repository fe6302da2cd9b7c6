"""What is published with a model: its card, for programs and for people, and its learning curves."""

from __future__ import annotations

from jobs.models.artifact import Artifact
from jobs.models.environment import ARITHMETIC, ENVIRONMENT, Environment
from jobs.models.model_card import ModelCard, markdown, preprocessing
from jobs.specs.train_spec import TrainSpec
from ml.figures.learning_curves import Curve, learning_curves_png
from workers.step.job_kind import FinishContext


def model_files(spec: TrainSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """``model_card.json``, ``model_card.md`` and ``figures/learning_curves.png``."""
    card, files = card_of(spec, context), context.files
    history, best_epoch = card.model.history, card.model.best_epoch
    curves = (
        Curve("Accuracy", [each.accuracy for each in history], [each.validation_accuracy for each in history]),
        Curve("Loss", [each.loss for each in history], [each.validation_loss for each in history]),
    )
    return (
        files.put("model_card.json", card.model_dump_json(indent=2).encode(), "application/json"),
        files.put("model_card.md", markdown(card).encode(), "text/markdown; charset=utf-8"),
        files.put("figures/learning_curves.png", learning_curves_png(curves, best_epoch=best_epoch), "image/png"),
    )


def card_of(spec: TrainSpec, context: FinishContext) -> ModelCard:
    """The card of a model that a training step has made."""
    report = context.reports[0]
    model = report.made_model
    noted = report.values.get(ENVIRONMENT)
    return ModelCard(
        model=model,
        spec=spec,
        sweep_id=context.job.parent,
        preprocessing=preprocessing(model),
        started_at=report.started_at,
        finished_at=report.finished_at,
        wall_time_s=round((report.finished_at - context.plan.created_at).total_seconds(), 1),
        skipped=report.skipped,
        environment=Environment.model_validate(noted) if noted is not None else None,
        arithmetic=str(report.values[ARITHMETIC]) if ARITHMETIC in report.values else None,
    )
