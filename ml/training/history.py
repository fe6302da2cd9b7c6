"""Finds the best epoch of a history, and decides whether a phase has ended."""

from __future__ import annotations

from ml.training.progress import EpochMetrics, PhaseName

History = tuple[EpochMetrics, ...]


def is_better(one: EpochMetrics, other: EpochMetrics) -> bool:
    """Whether an epoch is better than another: by validation accuracy, then by validation loss.

    Without a validation split the later one is.
    """
    if one.validation_accuracy is None or one.validation_loss is None:
        return one.epoch > other.epoch
    if other.validation_accuracy is None or other.validation_loss is None:
        return True
    return (one.validation_accuracy, -one.validation_loss) > (other.validation_accuracy, -other.validation_loss)


def best_of(history: History) -> EpochMetrics | None:
    """The best epoch; of equal ones the first."""
    best: EpochMetrics | None = None
    for metrics in history:
        if best is None or is_better(metrics, best):
            best = metrics
    return best


def is_over(history: History, phase: PhaseName, *, epochs: int, patience: int) -> bool:
    """Whether a phase has done all its epochs, or ``patience`` of them without improvement (0: never stops early)."""
    own = tuple(metrics for metrics in history if metrics.phase == phase)
    if len(own) >= epochs:
        return True
    best = best_of(own)
    return bool(patience and best is not None and own[-1].epoch - best.epoch >= patience)
