"""Differences without a place: a colour cast, light, a frame, a surround, blur, compression."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageFilter

from ml.audit.shortcuts.confirmation import confirm
from ml.audit.shortcuts.picture_cues import CUES, cell_cues, frame_of, picture_cues, surround_of
from ml.audit.shortcuts.suspicion import Kind, Suspicion
from ml.audit.shortcuts.suspicions import suspicions
from tests.unit.ml.audit.shortcuts.made_up_pictures import (
    CLASSES,
    LABEL,
    MEMBER,
    PER_CLASS,
    Floats,
    Images,
    evidence,
    given,
    noise,
    told_by,
)

Sees = Callable[[Images], Floats]


def cast(images: Images) -> Images:
    return np.asarray(np.clip(images * np.asarray([1.3, 1.0, 0.7]), 0, 255), np.uint8)


def framed(images: Images) -> Images:
    changed = images.copy()
    changed[:, frame_of(32, 32)] = (20, 200, 20)
    return changed


def striped(images: Images) -> Images:
    changed = images.copy()
    changed[:, surround_of(32, 32)] = (250, 250, 30)
    return changed


def dimmed(images: Images) -> Images:
    return np.asarray(images // 2, np.uint8)


def blurred(images: Images) -> Images:
    return np.stack([np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(1.5))) for image in images])


def compressed(images: Images) -> Images:
    changed = []
    for image in images:
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "JPEG", quality=8)
        changed.append(np.asarray(Image.open(buffer)))
    return np.stack(changed)


def sees_cast(images: Images) -> Floats:
    return told_by(images[..., 0].mean(axis=(1, 2)) > 1.4 * images[..., 2].mean(axis=(1, 2)), images)


def sees_frame(images: Images) -> Floats:
    return told_by(images[:, 0, :, 1].mean(axis=1) > 170, images)


def sees_surround(images: Images) -> Floats:
    return told_by(images[:, 2:5, 2:5, 0].mean(axis=(1, 2)) > 200, images)


def sees_dark(images: Images) -> Floats:
    return told_by(images[:, 20:].mean(axis=(1, 2, 3)) < 70, images)


def sees_blur(images: Images) -> Floats:
    return told_by(np.abs(np.diff(images[:, 18:].astype(int), axis=2)).mean(axis=(1, 2, 3)) < 12, images)


def always_this_class(images: Images) -> Floats:
    return told_by(np.ones(len(images), bool), images)


CASES: list[tuple[Kind, Callable[[Images], Images], Sees]] = [
    ("colour", cast, sees_cast),
    ("border", framed, sees_frame),
    ("background", striped, sees_surround),
    ("brightness", dimmed, sees_dark),
    ("blur", blurred, sees_blur),
]


@pytest.mark.parametrize(("kind", "change", "sees"), CASES, ids=[case[0] for case in CASES])
def test_a_difference_that_the_model_uses_is_confirmed_and_one_that_it_ignores_is_not(
    kind: Kind, change: Callable[[Images], Images], sees: Sees
) -> None:
    images = noise()
    centre = images[:, 16, 16].copy()
    images[MEMBER] = change(images[MEMBER])
    images[:, 16, 16] = centre
    known = evidence(images)
    suspected = next(each for each in suspicions(known, seed=0) if each.kind == kind and each.label == LABEL)
    assert suspected.share > 0.9
    assert confirm(suspected, known, given(images), sees, seed=0).confirmed
    assert not confirm(suspected, known, given(images), always_this_class, seed=0).confirmed


def flat(images: Images) -> Images:
    return np.asarray((images.astype(int) + 3 * images.mean(axis=(1, 2), keepdims=True)) // 4, np.uint8)


def knows_it_if(seen: Callable[[Images], npt.NDArray[np.bool_]]) -> Sees:
    """A model that tells classes by the strongest colour in the middle, and class 1 only where it sees something."""

    def model(images: Images) -> Floats:
        classes = images[:, 16, 16].argmax(axis=1)
        return np.eye(CLASSES, dtype=np.float32)[np.where((classes == LABEL) & ~seen(images), 0, classes)]

    return model


def is_dark(images: Images) -> npt.NDArray[np.bool_]:
    return np.asarray(images[:, 20:].mean(axis=(1, 2, 3)) < 70)


def has_little_contrast(images: Images) -> npt.NDArray[np.bool_]:
    return np.asarray(images[:, 20:].std(axis=(1, 2, 3)) < 12)


ONLY_REMOVED: list[tuple[Kind, Callable[[Images], Images], Callable[[Images], npt.NDArray[np.bool_]]]] = [
    ("brightness", dimmed, is_dark),
    ("contrast", flat, has_little_contrast),
]


@pytest.mark.parametrize(("kind", "change", "seen"), ONLY_REMOVED, ids=[case[0] for case in ONLY_REMOVED])
def test_light_and_contrast_that_a_class_is_lost_without_are_confirmed_though_they_turn_no_other_picture(
    kind: Kind, change: Callable[[Images], Images], seen: Callable[[Images], npt.NDArray[np.bool_]]
) -> None:
    images = noise()
    images[MEMBER] = change(images[MEMBER])
    images[:, 16, 16] = np.repeat(60 + 80 * np.eye(CLASSES, dtype=np.uint8), PER_CLASS, axis=0)
    suspicion = Suspicion(kind, LABEL, 1.0, 9.0, 0.001, 100, tuple(np.flatnonzero(MEMBER).tolist()), None, "")
    found = confirm(suspicion, evidence(images), given(images), knows_it_if(seen), seed=0)
    assert found.pasted.changed == 0
    assert found.removed.share > 0.9
    assert found.removed_random.changed == 0
    assert found.confirmed


def test_compression_is_suspected() -> None:
    images = noise()
    images[MEMBER] = compressed(images[MEMBER])
    kinds = {each.kind for each in suspicions(evidence(images), seed=0) if each.label == LABEL}
    assert "compression" in kinds


def test_cues_name_what_they_measure() -> None:
    image = noise()[0]
    cues = dict(zip(CUES, picture_cues(image), strict=True))
    assert cues["picture_brightness"] == pytest.approx(image.mean() / 255, abs=1e-5)
    assert cues["picture_red_green"] == pytest.approx((image[..., 0].mean() - image[..., 1].mean()) / 255, abs=1e-5)
    assert dict(zip(CUES, picture_cues(blurred(image[None])[0]), strict=True))["blur"] > cues["blur"]
    assert dict(zip(CUES, picture_cues(compressed(image[None])[0]), strict=True))["blockiness"] > cues["blockiness"]


def test_the_cues_of_cells_are_those_of_their_pixels() -> None:
    image = np.zeros((48, 48, 3), np.uint8)
    image[8:12, 20:24] = 255
    cells = cell_cues(picture_cues(image)[None])[0]
    assert cells[0, 2, 5] == pytest.approx(1)
    assert cells[0].sum() == pytest.approx(1)


@pytest.mark.parametrize("side", [1, 5, 13, 33])
def test_pictures_of_any_size_have_all_cues(side: int) -> None:
    cues = picture_cues(np.zeros((side, side + 2, 3), np.uint8))
    assert cues.shape == (len(CUES),)
    assert np.isfinite(cues).all()


def test_a_class_of_uniform_pictures_is_tried_like_any_other() -> None:
    images = noise()
    images[MEMBER] = images[MEMBER][:, :1, :1]
    known = evidence(images)
    suspected = [each for each in suspicions(known, seed=0) if each.label == LABEL]
    assert "contrast" in {each.kind for each in suspected}
    for each in suspected:
        assert np.isfinite(confirm(each, known, given(images), always_this_class, seed=0).p_value)
