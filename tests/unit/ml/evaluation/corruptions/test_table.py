"""What holds for every corruption, on drawn flowers with true masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from jobs.specs import evaluate_spec
from ml.data.datasets import read
from ml.data.images import resize, resize_mask
from ml.errors import UnknownName
from ml.evaluation.corruptions.subject import Subject
from ml.evaluation.corruptions.table import CORRUPTIONS, SEVERITIES, prepare_corruption

SIDE = 96
NAMES = tuple(CORRUPTIONS)


def subjects(count: int) -> list[tuple[str, Subject]]:
    found = []
    for example in read("synthetic_flowers", "test", start=0, stop=count):
        assert example.image is not None
        assert example.mask is not None
        found.append(
            (example.image_id, Subject(resize(example.image, SIDE), resize_mask(example.mask, SIDE))),
        )
    return found


FLOWERS = subjects(18)


def distance(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(float) - other).mean())


def test_the_table_has_what_can_be_asked_for() -> None:
    assert NAMES == evaluate_spec.CORRUPTIONS
    assert SEVERITIES == evaluate_spec.SEVERITIES


@pytest.mark.parametrize("name", NAMES)
def test_strengths_grow_with_severity(name: str) -> None:
    strengths = CORRUPTIONS[name].strengths
    assert list(strengths) == sorted(set(strengths))


@pytest.mark.parametrize("name", NAMES)
def test_the_distance_to_the_original_grows_with_severity_on_average(name: str) -> None:
    distances = []
    for image_id, subject in FLOWERS:
        at = prepare_corruption(name, subject, seed=0, image_id=image_id)
        distances.append([distance(at(severity).image, subject.image) for severity in (0, *SEVERITIES)])
    means = np.mean(distances, axis=0)
    assert means[0] == 0
    assert (np.diff(means) > 0).all(), means


@pytest.mark.parametrize("name", NAMES)
def test_severity_0_is_the_image_itself(name: str) -> None:
    image_id, subject = FLOWERS[0]
    assert (prepare_corruption(name, subject, seed=0, image_id=image_id)(0).image == subject.image).all()


@pytest.mark.parametrize("name", NAMES)
@given(side=st.integers(32, 70), fill=st.sampled_from([0, 128, 255]), severity=st.sampled_from(SEVERITIES))
@settings(max_examples=10, deadline=None)
def test_a_picture_goes_in_and_one_of_the_same_kind_comes_out(name: str, side: int, fill: int, severity: int) -> None:
    subject = Subject(np.full((side, side, 3), fill, np.uint8), np.eye(side, dtype=bool))
    made = prepare_corruption(name, subject, seed=1, image_id="plain")(severity).image
    assert made.shape == subject.image.shape
    assert made.dtype == np.uint8
    assert (subject.image == fill).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_and_image_give_the_same_pixels_in_any_order(name: str) -> None:
    forwards = {
        image_id: prepare_corruption(name, subject, seed=3, image_id=image_id)(2).image
        for image_id, subject in FLOWERS[:3]
    }
    for image_id, subject in reversed(FLOWERS[:3]):
        at = prepare_corruption(name, subject, seed=3, image_id=image_id)
        at(5)
        assert (at(2).image == forwards[image_id]).all()


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"contrast", "blur", "jpeg"}])
def test_another_seed_or_another_image_id_draws_anew(name: str) -> None:
    _, subject = FLOWERS[1]
    drawn = {
        prepare_corruption(name, subject, seed=seed, image_id=image_id)(3).image.tobytes()
        for seed in range(4)
        for image_id in ("a", "b", "c")
    }
    assert len(drawn) > 1


@pytest.mark.parametrize("shape", [(64, 64), (64, 320), (320, 64)])
@pytest.mark.parametrize("name", ["rotation", "perspective", "zoom"])
def test_no_view_shows_the_void_beyond_the_picture(name: str, shape: tuple[int, int]) -> None:
    bright = Subject(np.full((*shape, 3), 200, np.uint8))
    for seed in range(30):
        assert (prepare_corruption(name, bright, seed=seed, image_id="x")(5).image >= 199).all()


def test_the_documented_strengths_are_those_of_the_table() -> None:
    lines = (Path(__file__).parents[5] / "docs" / "evaluation.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    documented = {row[0]: (row[1], tuple(map(float, row[3:8]))) for row in rows if len(row) == 9}
    assert documented == {each.name: (each.family, each.strengths) for each in CORRUPTIONS.values()}


def test_what_does_not_exist_is_refused_with_what_does() -> None:
    _, subject = FLOWERS[0]
    with pytest.raises(UnknownName, match="no corruption 'fog': there are brightness, "):
        prepare_corruption("fog", subject, seed=0, image_id="a")
    for severity in (-1, 6):
        with pytest.raises(UnknownName, match=f"no severity {severity} of noise"):
            prepare_corruption("noise", subject, seed=0, image_id="a")(severity)
