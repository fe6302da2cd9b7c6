"""Writes the model card of a trained model as Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from jobs.models.environment import Environment
from jobs.models.model import Calibration, CalibrationError, EpochMetrics, PublishedModel
from jobs.models.model_card import ModelCard

_CLASSES_SHOWN = 20


def markdown(card: ModelCard) -> str:
    """The card as Markdown, for people to read."""
    title = card.model.name or card.model.id
    parts = (
        [f"# {title}", ""],
        _table("", _identity(card)),
        ["## Input and output", "", card.preprocessing, ""],
        _table("## Results", _results(card)),
        _classes(card.model.class_names),
        _data(card),
        _epochs(card),
        _environment(card.environment),
        ["## Specification", "", "```json", json.dumps(card.spec.model_dump(mode="json"), indent=2), "```", ""],
    )
    return "\n".join(line for part in parts for line in part)


def _identity(card: ModelCard) -> Iterator[tuple[str, object]]:
    model = card.model
    yield "Model", model.id
    yield "Training job", model.job_id
    if card.sweep_id:
        yield "Sweep", card.sweep_id
    if card.refit:
        epochs = ", ".join(f"{name} {number}" for name, number in card.refit.stop_after.items() if number)
        mean = f", and the mean of the last {card.refit.averaged}" if card.refit.averaged else ""
        yield "Refit of", f"job {card.refit.job_id}: the epochs that were best there ({epochs}){mean}, on more images"
    yield "Backbone", f"{model.backbone}, initial weights: {model.weights}"
    yield "Feature layer", model.feature_layer
    yield "Trained", f"{card.started_at:%Y-%m-%d %H:%M:%S} to {card.finished_at:%Y-%m-%d %H:%M:%S} UTC"
    yield "Wall time", f"{card.wall_time_s:.0f} s"
    yield "Seed", card.spec.seed
    yield "Computed in", card.arithmetic or "not noted"
    yield "File", f"{model.checkpoint.name}, {model.checkpoint.size:,} bytes, SHA-256 {model.checkpoint.sha256}"


def _results(card: ModelCard) -> Iterator[tuple[str, object]]:
    model = card.model
    if model.test_accuracy is None:
        yield "Test accuracy", "not measured"
    else:
        yield "Test accuracy", f"{_number(model.test_accuracy)} on {model.test_images} images"
        yield "Test loss", _number(model.test_loss)
    yield from _without_validation(card)
    if model.validation_accuracy is not None:
        yield "Validation accuracy", f"{_number(model.validation_accuracy)} on {model.validation_images} images"
        yield "Validation loss", _number(model.validation_loss)
    yield from _repeated_mean(card) if card.refit else _choice(model)
    yield from _calibration(model.calibration)


def _choice(model: PublishedModel) -> Iterator[tuple[str, object]]:
    """Which weights are published, and what they were preferred to."""
    best, mean = model.best, model.mean
    if best is None or best.validation_accuracy is None:
        return
    if mean is None or not mean.published:
        yield "Published epoch", f"{best.epoch} of {len(model.history)}, the best in validation accuracy"
    if mean is not None:
        number = f"validation accuracy {_number(mean.validation_accuracy)}, loss {_number(mean.validation_loss)}"
        tried = f"the best of {mean.tried} means that were tried" if mean.tried > 1 else "the only one that was tried"
        single = f"epoch {best.epoch} of {len(model.history)}, the best single one, has "
        single += f"{_number(best.validation_accuracy)} and {_number(best.validation_loss)}"
        name = "Published weights" if mean.published else "Not published, because not better"
        yield name, f"{mean.in_words}, {tried}: {number}; {single}"


def _repeated_mean(card: ModelCard) -> Iterator[tuple[str, object]]:
    """Which weights a refit publishes, where the run that it repeats published a mean."""
    averaged, mean = card.refit.averaged if card.refit else 0, card.model.mean
    if mean is not None and len(mean.epochs) == averaged:
        yield "Published weights", f"{mean.in_words}, as in the run that is repeated"
    elif averaged:
        published = mean.in_words if mean else "the last epoch"
        why = f"not the mean of the last {averaged}, as in the run that is repeated: a checkpoint was damaged"
        yield "Published weights", f"{published}, {why}"


def _without_validation(card: ModelCard) -> Iterator[tuple[str, object]]:
    refit, folds = card.refit, card.out_of_sample
    if refit is not None:
        measured = f"{_number(refit.validation_accuracy)} on {refit.validation_images} images"
        yield "Validation accuracy of the run that is repeated", f"{measured}, which this model has learnt from"
        if refit.temperature is not None:
            yield "Temperature", f"{_number(refit.temperature)}, of the run that is repeated: logits are divided by it"
    if folds is not None:
        interval = " to ".join(map(_number, folds.interval_95))
        images = f"on {folds.images} training images, by {folds.folds} networks that did not learn from them"
        yield "Out-of-sample accuracy", f"{_number(folds.accuracy)} (95 % interval {interval}) {images}"


def _calibration(calibration: Calibration | None) -> Iterator[tuple[str, object]]:
    if calibration is not None:
        yield "Temperature", f"{_number(calibration.temperature)}: logits are divided by it, within the model"
        after = f"{_number(calibration.error_after)}{_beside(calibration.after)}"
        before = f"{_number(calibration.error_before)}{_beside(calibration.before)}"
        yield "Validation calibration error", f"{after}, {before} without the temperature"


def _beside(error: CalibrationError | None) -> str:
    if error is None:
        return ""
    interval = " to ".join(map(_number, error.interval_95))
    return f" (95 % interval {interval}; a perfectly calibrated model: {_number(error.perfect)})"


def _data(card: ModelCard) -> list[str]:
    model, data = card.model, card.environment.data if card.environment else None
    rows: list[tuple[str, object]] = [("Data set", model.dataset)]
    if data:
        rows += [("Version", data.version or "none"), ("Digest", data.digest)]
        rows += [(f"Split {name}", f"{count} images") for name, count in data.splits.items()]
    rows.append(("Used", f"{model.train_images} to train, {model.validation_images} to validate"))
    rows.append(("Skipped", f"{len(card.skipped)} images"))
    return _table("## Data", rows)


def _classes(names: tuple[str, ...]) -> list[str]:
    shown = ", ".join(f"{label}: {name}" for label, name in enumerate(names[:_CLASSES_SHOWN]))
    more = f", and {len(names) - _CLASSES_SHOWN} more in the JSON" if len(names) > _CLASSES_SHOWN else ""
    return [f"## {len(names)} classes", "", f"{shown}{more}", ""]


def _epochs(card: ModelCard) -> list[str]:
    if not card.model.history:
        return []
    head = "| epoch | phase | learning rate | loss | accuracy | validation loss | validation accuracy | seconds |"
    rows = [
        f"| {each.epoch} | {each.phase} | {_rate(each.learning_rate)} | {' | '.join(_measured(each))} |"
        for each in card.model.history
    ]
    mean = card.model.mean
    if mean is not None:
        validated = f"{_number(mean.validation_loss)} | {_number(mean.validation_accuracy)}"
        rows.append(f"| {mean.epochs[0]} to {mean.epochs[-1]} | mean | – | – | – | {validated} | – |")
    return ["## Epochs", "", head, "|---|---|---|---|---|---|---|---|", *rows, ""]


def _environment(environment: Environment | None) -> list[str]:
    if environment is None:
        return []
    hardware = environment.hardware
    memory = f", {hardware.memory_bytes / 2**30:.0f} GiB memory" if hardware.memory_bytes else ""
    rows: list[tuple[str, object]] = [
        ("Processor", f"{hardware.processor}, {hardware.cores} cores{memory}"),
        ("Accelerators", ", ".join(hardware.accelerators) or "none"),
        ("Platform", environment.platform),
        ("Python", environment.python),
        *environment.packages.items(),
    ]
    return _table("## Environment", rows)


def _table(heading: str, rows: Iterable[tuple[str, object]]) -> list[str]:
    lines = [f"| {name} | {_cell(value)} |" for name, value in rows]
    return [*([heading, ""] if heading else []), "| | |", "|---|---|", *lines, ""]


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|")


def _measured(epoch: EpochMetrics) -> Iterator[str]:
    for value in (epoch.loss, epoch.accuracy, epoch.validation_loss, epoch.validation_accuracy):
        yield _number(value)
    yield f"{epoch.seconds:.1f}"


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
