"""Near-duplicates that were made, among pictures that are none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.audit.copies import COPIES, copy_of
from ml.audit.data import near_duplicates
from ml.audit.data.alignment import Agreement, agreement
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
    """Many pictures have nearly the colours of the copy; its features alone are near to its original's."""
    original = FLOWERS[0]
    copy = copy_of(original, "recompressed", np.random.default_rng(5))
    random = np.random.default_rng(6)
    coarse = thumbnail(copy).reshape(8, 8, 8, 8, 3).mean(axis=(1, 3), dtype=np.float32).repeat(8, 0).repeat(8, 1)
    crowd = [np.clip(coarse + random.normal(0, 9, coarse.shape), 0, 255).astype(np.uint8) for _ in range(24)]
    crowd += [each[:, ::-1] for each in crowd]
    features = random.normal(size=(49, 8))
    first, second = gallery([original, *crowd]), gallery([copy])
    with_features = Gallery(first.thumbnails, features)
    assert pairs_of(duplicates_across(with_features, Gallery(second.thumbnails, features[:1]))) == [(0, 0)]
    mirrored = Gallery(second.thumbnails, -features[:1], features[:1])
    assert pairs_of(duplicates_across(with_features, mirrored)) == [(0, 0)]


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

    def counted(first: Picture, second: Picture) -> Agreement:
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


def test_a_crop_agrees_with_the_whole_and_another_flower_does_not() -> None:
    whole, crop, other = (thumbnail(each) for each in (FLOWERS[7], FLOWERS[7][5:120, 9:124], FLOWERS[16]))
    found = agreement(np.stack([whole, crop, whole]), np.stack([crop, whole, other]))
    assert (found.detail[:2] > 0.85).all()
    assert (found.colours[:2] > 0.99).all()
    assert not found.mirrored[:2].any()
    assert min(found.detail[2], found.colours[2]) < 0.6
