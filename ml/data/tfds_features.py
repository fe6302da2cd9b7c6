"""Says which features of a TFDS data set are the picture and the label, and how they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from ml.data.label_choice import chosen_label
from ml.errors import UnknownName

_IMAGE = "image"
_CHANNELS = (1, 3, 4)


@dataclass(frozen=True)
class ChosenFeatures:
    """Where the pictures and the labels of a data set are.

    Attributes:
        image: the feature that holds the pictures.
        encoded: whether these are bytes of files; else arrays of pixels.
        label: the feature that holds the labels.
        class_names: in label order; None where labels are plain numbers, which have to be counted.
    """

    image: str
    encoded: bool
    label: str
    class_names: tuple[str, ...] | None


def chosen_features(dataset: str, features: Mapping[str, Any], label: str | None) -> ChosenFeatures:
    """Choose the picture (``image``, or the only one) and the label.

    Raises:
        UnknownName: there are no pictures that can be read, or no labels.
        BadOption: names ``label``.
    """
    kinds = {name: _kind(feature) for name, feature in features.items()}
    image = _image(dataset, features, kinds)
    named = frozenset(name for name, feature in features.items() if isinstance(feature, tfds.features.ClassLabel))
    numbers = {name for name, feature in features.items() if _is_number(feature)}
    # A plain number is a label where it is called so, or asked for: others are counts and identifiers.
    usable = named | (numbers & {"label", "labels", label})
    found = chosen_label(dataset, label, kinds=kinds, named=usable)
    names = tuple(features[found].names) if found in named else None
    return ChosenFeatures(image, isinstance(features[image], tfds.features.Image), found, names)


def _image(dataset: str, features: Mapping[str, Any], kinds: Mapping[str, str]) -> str:
    problems = {name: _image_problem(feature) for name, feature in features.items()}
    usable = [name for name, problem in problems.items() if problem is None]
    pictures = [name for name in usable if isinstance(features[name], tfds.features.Image)]
    if _IMAGE in usable:
        return _IMAGE
    if problems.get(_IMAGE):
        raise UnknownName(f"data set {dataset!r}: its pictures cannot be used: {problems[_IMAGE]}")
    if len(pictures) == 1:
        return pictures[0]
    listed = ", ".join(f"{name} ({kind})" for name, kind in sorted(kinds.items()))
    raise UnknownName(
        f"data set {dataset!r} has no 'image' and 'label' features: it has {listed}. A picture is a feature Image, or "
        "a Tensor 'image' of uint8 [height, width, 1, 3 or 4]"
    )


def _image_problem(feature: Any) -> str | None:
    """Why a feature holds no pictures that can be read; None where it does."""
    if isinstance(feature, tfds.features.Image):
        return None if feature.np_dtype in (np.uint8, np.uint16) else _float_problem(feature)
    if not isinstance(feature, tfds.features.Tensor):
        return f"{_kind(feature)} is no picture"
    channels = feature.shape[2] if len(feature.shape) == 3 else 1
    if len(feature.shape) not in {2, 3} or channels not in _CHANNELS:
        return f"{_kind(feature)} is no picture: expected [height, width, 1, 3 or 4]"
    return None if feature.np_dtype == np.uint8 else _float_problem(feature)


def _float_problem(feature: Any) -> str:
    return (
        f"they are {_kind(feature)}, and nothing says which of these values is black and which white: prepare the data "
        "set with pixels of uint8, 0 to 255"
    )


def _is_number(feature: Any) -> bool:
    if not isinstance(feature, tfds.features.Tensor) or feature.shape != ():
        return False
    return bool(np.issubdtype(feature.np_dtype, np.integer) or feature.np_dtype == np.bool_)


def _kind(feature: Any) -> str:
    """What a feature is, as its author wrote it."""
    name = type(feature).__name__
    if isinstance(feature, tfds.features.ClassLabel):
        return f"{name} of {feature.num_classes} classes"
    if isinstance(feature, tfds.features.Image | tfds.features.Tensor):
        shape = str([None if side is None else int(side) for side in feature.shape]).replace("None", "any")
        return f"{name} of {np.dtype(feature.np_dtype).name}{f' {shape}' if feature.shape else ''}"
    return name
