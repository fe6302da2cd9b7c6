"""What is suspected against its controls, with tests that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ml.audit.shortcuts.control_test import UNTESTED, ControlFlags, against_controls, mcnemar_more


def flags(changed: int, of: int) -> np.ndarray:
    return np.arange(of) < changed


def test_mcnemar_counts_the_images_that_only_one_of_both_changes() -> None:
    arm, control = flags(6, 10), flags(2, 10)
    assert mcnemar_more(arm, control) == pytest.approx(1 / 2**4)  # four more, none fewer
    assert mcnemar_more(arm, ~arm) == pytest.approx(sum((210, 120, 45, 10, 1)) / 2**10)  # 6 or more heads of 10
    assert mcnemar_more(control, control) == 1


def test_the_control_that_comes_nearest_counts() -> None:
    far, near = ControlFlags(flags(0, 40), paired=True), ControlFlags(flags(8, 40), paired=True)
    found = against_controls(flags(20, 40), [far, near], mark=False)
    assert found.p_value == pytest.approx(1 / 2**12)
    assert (found.control.changed, found.control.of) == (8, 40)


def test_one_class_of_many_that_does_as_much_is_enough_against_it() -> None:
    pooled, class_alone = ControlFlags(flags(12, 200)), ControlFlags(flags(10, 24), part=True)
    assert against_controls(flags(40, 96), [pooled], mark=False).consistent
    found = against_controls(flags(40, 96), [pooled, class_alone], mark=False)
    assert found.p_value < 1e-6
    assert not found.consistent


def test_a_mark_need_not_beat_what_parts_of_the_subject_do() -> None:
    controls = [ControlFlags(flags(0, 96), paired=True), ControlFlags(flags(90, 96), subject=True)]
    assert against_controls(flags(40, 96), controls, mark=True).p_value < 1e-6
    assert against_controls(flags(40, 96), controls, mark=False).p_value > 0.5


def test_without_a_control_nothing_is_told() -> None:
    assert against_controls(flags(40, 96), [ControlFlags(flags(0, 0))], mark=False) == UNTESTED
