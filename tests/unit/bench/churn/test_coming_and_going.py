"""Work that was done again is told from what lies in the store."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.churn.coming_and_going import images_worked_on, lost_share


def test_an_image_counts_as_often_as_it_was_worked_on(tmp_path: Path) -> None:
    for attempt, images in (("first", 3), ("second", 4)):
        for number in range(images):
            picture = tmp_path / "jobs" / "job" / "attempts" / "shard-00000" / attempt / f"{number}" / "gradcam.png"
            picture.parent.mkdir(parents=True)
            picture.touch()
    assert images_worked_on(tmp_path, "job") == 7
    assert images_worked_on(tmp_path, "another") == 0


def test_the_share_is_of_the_work_that_was_to_do() -> None:
    assert lost_share(100, 100) == 0
    assert lost_share(115, 100) == pytest.approx(0.15)
