"""What is published with a model: its card, for programs and for people, and its learning curves."""

from __future__ import annotations

from jobs.models.artifact import Artifact
from jobs.models.environment import ARITHMETIC, ENVIRONMENT, Environment
from jobs.models.model_card import ModelCard, OutOfSample, RepeatedRun, preprocessing
from jobs.models.model_card_text import markdown
from jobs.specs.train_spec import TrainSpec
from ml.evaluation.predictions import wilson_interval
from ml.figures.learning_curves import Curve, learning_curves_png
from workers.kinds.train.refit import REFIT
from workers.step.job_kind import FinishContext


def model_files(spec: TrainSpec, context: FinishContext) -> tuple[Artifact, ...]:
    """``model_card.json``, ``model_card.md`` and ``figures/learning_curves.png``."""
    card, files = card_of(spec, context), context.files
    history, published = card.model.history, card.model.published_epochs
    curves = (
        Curve("Accuracy", [each.accuracy for each in history], [each.validation_accuracy for each in history]),
        Curve("Loss", [each.loss for each in history], [each.validation_loss for each in history]),
    )
    return (
        files.put("model_card.json", card.model_dump_json(indent=2).encode(), "application/json"),
        files.put("model_card.md", markdown(card).encode(), "text/markdown; charset=utf-8"),
        files.put("figures/learning_curves.png", learning_curves_png(curves, published=published), "image/png"),
    )


def _out_of_sample(context: FinishContext) -> OutOfSample | None:
    """How many training images were predicted by networks that did not learn from them, and how many rightly."""
    values = [report.values for report in context.reports if "held_out" in report.values]
    if not values:
        return None
    images, right = (sum(int(str(each[name])) for each in values) for name in ("held_out", "held_out_right"))
    interval = wilson_interval(right, images)
    return OutOfSample(folds=len(values), images=images, accuracy=right / images, interval_95=interval)


def card_of(spec: TrainSpec, context: FinishContext) -> ModelCard:
    """The card of a model that a training step has made."""
    report = context.reports[0]
    model = report.made_model
    noted, refit = report.values.get(ENVIRONMENT), report.values.get(REFIT)
    return ModelCard(
        model=model,
        spec=spec,
        sweep_id=context.job.parent,
        preprocessing=preprocessing(model),
        started_at=report.started_at,
        finished_at=report.finished_at,
        wall_time_s=max(round((report.finished_at - context.plan.created_at).total_seconds(), 1), 0.0),
        skipped=report.skipped,
        environment=Environment.model_validate(noted) if noted is not None else None,
        refit=RepeatedRun.model_validate(refit) if refit is not None else None,
        out_of_sample=_out_of_sample(context),
        arithmetic=str(report.values[ARITHMETIC]) if ARITHMETIC in report.values else None,
    )
