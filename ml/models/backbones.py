"""Looks up and builds backbones by name, each with its own preprocessing.

A backbone takes raw RGB, 0..255, and preprocesses it inside the graph, in Keras' own layers: a saved model does not
need this package, and no caller can pick the wrong normalisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ml.errors import UnknownName, WeightsUnavailable
from ml.models.backbone_table import BACKBONE_TABLE, IMAGENET, Backbone
from ml.models.preprocessing import PREPROCESSING, Preprocess

NO_WEIGHTS = "none"

BACKBONES: Mapping[str, Backbone] = MappingProxyType({backbone.name: backbone for backbone in BACKBONE_TABLE})


def backbone_named(name: str) -> Backbone:
    """Look up a backbone.

    Raises:
        UnknownName: no such backbone; the message lists all.
    """
    if name not in BACKBONES:
        raise UnknownName(f"no backbone {name!r}: there are {', '.join(BACKBONES)}")
    return BACKBONES[name]


def preprocessing_named(name: str) -> Preprocess:
    """Look up a preprocessing; a backbone's name means the one that its published weights were trained with.

    Raises:
        UnknownName: no such preprocessing; the message lists all.
    """
    known = {**PREPROCESSING, **{each.name: each.preprocess for each in BACKBONES.values()}}
    if name not in known:
        raise UnknownName(f"no preprocessing {name!r}: there are {', '.join(known)}")
    return known[name]


def feature_layer_name(name: str) -> str:
    """The layer whose output GradCAM explains by default: the last spatial activation."""
    return backbone_named(name).feature_layer


def features(backbone: Backbone, image: Any, *, weights: str, weights_dir: str | Path | None = None) -> Any:
    """Append preprocessing and network to ``image``, a Keras tensor of raw RGB; return the last spatial activation.

    Args:
        backbone: which network.
        image: (N, H, W, 3) float32, 0..255.
        weights: ``imagenet`` or ``none``.
        weights_dir: folder that may hold the published weight files.

    Raises:
        UnknownName: there are no such weights for this backbone.
        WeightsUnavailable: the weights are not in ``weights_dir`` and could not be downloaded.
    """
    if weights not in {IMAGENET, NO_WEIGHTS} or (weights == IMAGENET and backbone.weights_file is None):
        offered = NO_WEIGHTS if backbone.weights_file is None else f"{IMAGENET} and {NO_WEIGHTS}"
        raise UnknownName(f"no weights {weights!r} for backbone {backbone.name!r}: there is {offered}")
    inputs = backbone.preprocess(image)
    if weights == NO_WEIGHTS:
        return backbone.network(inputs, None).output
    path = _local_weights(backbone, weights_dir)
    try:
        return backbone.network(inputs, str(path) if path else IMAGENET).output
    except Exception as error:  # Keras raises a bare Exception when a download fails
        raise WeightsUnavailable(_no_weights(backbone, path, weights_dir, error)) from error


def _local_weights(backbone: Backbone, weights_dir: str | Path | None) -> Path | None:
    path = Path(weights_dir) / str(backbone.weights_file) if weights_dir else None
    return path if path and path.is_file() else None


def _no_weights(backbone: Backbone, path: Path | None, folder: str | Path | None, error: Exception) -> str:
    if path:
        return f"ImageNet weights for {backbone.name} in {path} (FLORESCOPE_WEIGHTS_DIR) cannot be used: {error}"
    place = f"in {folder}" if folder else "on disk (FLORESCOPE_WEIGHTS_DIR is not set)"
    return (
        f"ImageNet weights for {backbone.name} are not {place} and could not be downloaded ({error}): put "
        f"{backbone.weights_file} into a folder and set FLORESCOPE_WEIGHTS_DIR to it, or use weights 'none'"
    )
