from __future__ import annotations

import pytest

from workers.kinds.audit.data.wrong_labels import severity_of


@pytest.mark.parametrize(
    ("share", "agreement", "severity"),
    [(0.09, 0.6, "low"), (0.05, 0.8, "high"), (0.02, 0.9, "medium"), (0.005, 0.95, "low")],
)
def test_flags_weigh_as_much_as_the_predictions_behind_them(share: float, agreement: float, severity: str) -> None:
    assert severity_of(share, agreement) == severity
