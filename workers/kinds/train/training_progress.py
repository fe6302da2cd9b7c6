"""How far a training is: as a number of epochs, and in words for a person."""

from __future__ import annotations

from ml.training.progress import BatchProgress

_ACTIVITIES = {("training", "head"): "training the head", ("training", "fine_tune"): "fine-tuning"}


def epochs_done(batch: BatchProgress) -> float:
    """Epochs that are done, the part of the one under way included."""
    done = float(batch.epoch)
    return done + batch.step / batch.steps - 1 if batch.activity == "training" else done


def stage_of(batch: BatchProgress) -> str:
    """The stage of the whole training; validation belongs to the epochs."""
    return "training" if batch.activity == "validating" else batch.activity


def in_words(batch: BatchProgress) -> str:
    """Activity, epoch, step, loss, accuracy, images per second."""
    unit = "step" if batch.activity == "training" else "image"
    parts = [
        f"{_ACTIVITIES.get((batch.activity, batch.phase), batch.activity)}, epoch {batch.epoch}/{batch.epochs}",
        f"{unit} {batch.step}/{batch.steps}",
    ]
    if batch.loss is not None and batch.accuracy is not None:
        parts += [f"loss {batch.loss:.3f}", f"accuracy {batch.accuracy:.3f}"]
    if batch.step:
        parts.append(f"{batch.images_per_s:.0f} images/s")
    return ", ".join(parts)
