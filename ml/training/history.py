"""What the epochs so far say about the next one: which was the best, and whether a phase has come to its end."""

from __future__ import annotations

from ml.training.progress import EpochMetrics, PhaseName

History = tuple[EpochMetrics, ...]


def is_better(one: EpochMetrics, other: EpochMetrics) -> bool:
    """Whether an epoch is better than another: by validation accuracy, then by validation loss."""
    return (one.validation_accuracy, -one.validation_loss) > (other.validation_accuracy, -other.validation_loss)


def best_of(history: History) -> EpochMetrics | None:
    """The best epoch; of equals the first."""
    best: EpochMetrics | None = None
    for metrics in history:
        if best is None or is_better(metrics, best):
            best = metrics
    return best


def is_over(history: History, phase: PhaseName, *, epochs: int, patience: int) -> bool:
    """Whether a phase has had all its epochs, or ``patience`` (0: never) of them without a better one."""
    own = tuple(metrics for metrics in history if metrics.phase == phase)
    if len(own) >= epochs:
        return True
    best = best_of(own)
    return bool(patience and best is not None and own[-1].epoch - best.epoch >= patience)
