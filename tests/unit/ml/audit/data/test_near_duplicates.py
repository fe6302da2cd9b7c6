"""Near-duplicates that were made, among pictures that are none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.audit.copies import COPIES, copy_of
from ml.audit.data import near_duplicates
from ml.audit.data.alignment import Agreement, agreement, grey_pictures
from ml.audit.data.duplicate_candidates import NEAREST
from ml.audit.data.near_duplicates import Gallery, duplicates_across, duplicates_within
from ml.audit.data.thumbnail import thumbnail
from ml.data.synthetic.synthetic_flowers import example
from ml.errors import MlError

Picture = NDArray[np.uint8]


def flower(number: int) -> Picture:
    image = example("train", number).image
    assert image is not None
    return image


FLOWERS = [flower(number) for number in range(24)]


def gallery(pictures: list[Picture]) -> Gallery:
    return Gallery(np.stack([thumbnail(picture) for picture in pictures]))


def pairs_of(found: near_duplicates.Duplicates) -> list[tuple[int, int]]:
    return sorted((pair.first, pair.second) for pair in found.pairs)


@pytest.mark.parametrize("kind", list(COPIES))
def test_copies_in_another_split_are_found_and_nothing_else_is(kind: str) -> None:
    random = np.random.default_rng(0)
    copies = [copy_of(FLOWERS[number], kind, random) for number in range(6)]
    found = duplicates_across(gallery(FLOWERS[:12]), gallery([*FLOWERS[12:], *copies]))
    assert pairs_of(found) == [(number, 12 + number) for number in range(6)]
    assert {pair.mirrored for pair in found.pairs} == {kind in {"flipped", "all_at_once"}}
    assert found.left_out == ()


def test_copies_within_a_split_are_found_once_the_lower_row_first() -> None:
    copies = [copy_of(FLOWERS[5], "cropped", np.random.default_rng(1)), FLOWERS[0][:, ::-1]]
    found = duplicates_within(gallery([*FLOWERS, *copies]))
    assert pairs_of(found) == [(0, 25), (5, 24)]
    assert found.pairs[0].similarity == pytest.approx(1, abs=0.01)


def test_it_does_not_matter_which_split_holds_the_copy() -> None:
    random = np.random.default_rng(2)
    copies = [copy_of(FLOWERS[number], "cropped", random) for number in range(4)]
    found = duplicates_across(gallery([*FLOWERS[12:], *copies]), gallery(FLOWERS[:12]))
    assert pairs_of(found) == [(12 + number, number) for number in range(4)]


def test_two_crops_of_one_photograph_are_one() -> None:
    picture = FLOWERS[3]
    found = duplicates_across(gallery([picture[:118, :118]]), gallery([picture[6:, 6:]]))
    assert pairs_of(found) == [(0, 0)]


def test_a_picture_is_not_its_own_duplicate() -> None:
    assert duplicates_within(gallery(FLOWERS)).pairs == ()
    assert duplicates_within(gallery(FLOWERS[:1])).pairs == ()


def test_features_name_candidates_that_colours_do_not() -> None:
    """A copy in other colours, among many pictures in those colours, is near by its features alone."""
    copy = (FLOWERS[0][..., ::-1] * 0.6).astype(np.uint8)
    crowd = [(each[..., ::-1] * 0.6).astype(np.uint8) for each in FLOWERS[1:]]
    features = np.random.default_rng(3).normal(size=(24, 8))
    first = gallery([FLOWERS[0], *crowd])
    with_features = Gallery(first.thumbnails, features)
    second = gallery([copy])
    assert pairs_of(duplicates_across(with_features, Gallery(second.thumbnails, features[:1]))) == [(0, 0)]
    assert pairs_of(duplicates_across(with_features, Gallery(second.thumbnails, -features[:1], features[:1]))) == [
        (0, 0)
    ]


def test_pictures_without_detail_are_left_out_in_words() -> None:
    plain = np.full((64, 64, 3), 200, np.uint8)
    found = duplicates_within(gallery([plain, plain, *FLOWERS[:3]]))
    assert found.pairs == ()
    assert found.left_out == ("2 of 5 pictures were not searched for near-duplicates: they have hardly any detail.",)


@pytest.mark.parametrize("count", [0, 1])
def test_few_pictures_have_no_duplicates(count: int) -> None:
    some = Gallery(np.zeros((count, 64, 64, 3), np.uint8), np.zeros((count, 4)))
    assert duplicates_within(some).pairs == ()
    assert duplicates_across(some, gallery(FLOWERS[:1])).pairs == ()


def test_the_work_grows_with_the_pictures_and_not_with_their_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = list[int]()

    def counted(first: NDArray[np.float32], second: NDArray[np.float32]) -> Agreement:
        compared.append(len(first))
        return agreement(first, second)

    monkeypatch.setattr(near_duplicates, "agreement", counted)
    for count in (12, 24):
        compared.clear()
        duplicates_within(gallery(FLOWERS[:count]))
        assert sum(compared) <= 2 * NEAREST * count


@pytest.mark.parametrize(
    "make",
    [
        lambda: Gallery(np.zeros((2, 32, 32, 3), np.uint8)),
        lambda: Gallery(np.zeros((2, 64, 64, 3), np.uint8), np.zeros((3, 4))),
        lambda: duplicates_across(
            Gallery(np.zeros((2, 64, 64, 3), np.uint8), np.zeros((2, 4))),
            Gallery(np.zeros((2, 64, 64, 3), np.uint8), np.zeros((2, 5))),
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(MlError, match=r"64|per thumbnail|same layer"):
        make()


def test_agreement_finds_scale_and_shift() -> None:
    picture = FLOWERS[7]
    grey = grey_pictures(np.stack([thumbnail(picture), thumbnail(picture[5:120, 9:124])]))
    found = agreement(grey[:1], grey[1:])
    assert found.correlation[0] > 0.9
    assert not found.mirrored[0]
