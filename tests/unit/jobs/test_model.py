from __future__ import annotations

from jobs.model import EpochMetrics, best_epoch


def test_the_best_epoch_has_the_highest_validation_accuracy_then_the_lowest_loss() -> None:
    def epoch(number: int, accuracy: float | None, loss: float | None) -> EpochMetrics:
        return EpochMetrics(
            epoch=number, loss=1, accuracy=1, validation_loss=loss, validation_accuracy=accuracy, seconds=1
        )

    found = best_epoch([epoch(1, 0.5, 1.0), epoch(2, 0.7, 0.9), epoch(3, 0.7, 0.8), epoch(4, 0.6, 0.1)])
    assert found is not None
    assert found.epoch == 3
    assert best_epoch([epoch(1, None, None)]) is None
