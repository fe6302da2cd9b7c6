"""What is said of a class that stands out by a cue."""

from __future__ import annotations

import pytest

from ml.audit.shortcuts.cue_differences import CUES_OF, cue_words


@pytest.mark.parametrize(
    ("cue", "direction", "words"),
    [
        ("surround_brightness", -1.0, "46 % of the images of this class are darker around the middle"),
        ("picture_spread", -1.0, "46 % of the images of this class have less contrast"),
        ("frame_red_green", 1.0, "46 % of the images of this class are redder along the edges of the picture"),
        ("blur", 1.0, "46 % of the images of this class are blurrier"),
    ],
)
def test_a_difference_is_told_in_plain_words(cue: str, direction: float, words: str) -> None:
    assert cue_words(cue, direction, share=0.46) == f"{words} than nearly all others"


def test_there_are_words_for_every_cue_by_which_classes_are_suspected() -> None:
    for cue in {cue for cues in CUES_OF.values() for cue in cues}:
        assert "_" not in cue_words(cue, 1.0, share=0.5)
