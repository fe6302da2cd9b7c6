"""Imports a model that was trained elsewhere as one flat graph from raw RGB to logits, as explanations need it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ml.errors import UnusableModel
from ml.models.backbones import preprocessing_named
from ml.models.classifier import INPUT
from ml.models.importing.agreement import difference, example_images, require_no_probabilities
from ml.models.importing.final_activation import FinalActivation
from ml.models.importing.image_input import ImageInput, image_input
from ml.models.importing.model_file import load_untrusted, reason
from ml.models.importing.model_graph import Flattener, mixed_precision
from ml.models.importing.model_head import Head, find_logits
from ml.models.saved_model import load_model, save_model
from ml.models.spatial_features import feature_output, is_bypassed, last_spatial

# Largest allowed difference from the original's outputs, relative to the largest of them (at least 1).
TOLERANCE = 1e-3
TOLERANCE_MIXED_PRECISION = 0.05


@dataclass(frozen=True)
class ImportOptions:
    """What the model file does not contain.

    Attributes:
        preprocessing: a name of ``ml.models.preprocessing.PREPROCESSING`` or of a backbone: the input that the model
            expects.
        num_classes: how many classes there are; None: as many as the model has outputs.
        image_size: height of the input in pixels; needed only where the model takes any size.
        image_width: width where it is not ``image_size``.
        feature_layer: what GradCAM explains by default; None: the last spatial activation.
    """

    preprocessing: str
    num_classes: int | None = None
    image_size: int | None = None
    image_width: int | None = None
    feature_layer: str | None = None


@dataclass(frozen=True)
class ImportedModel:
    """Properties of an imported model.

    Attributes:
        image: what the original takes; the flat model takes raw RGB of the same height and width.
        feature_layer: None where there is nothing between pixels and logits that GradCAM could explain.
        one_branch: whether the logits also depend on layers that bypass the feature layer, which was named then.
        final_activation: the function that the original applies to the logits.
        mixed_precision: whether the original computes in fewer bits than float32, in which it is explained.
        difference: largest difference between the outputs of original and imported model on random images, relative as
            for ``TOLERANCE``.
    """

    image: ImageInput
    num_classes: int
    feature_layer: str | None
    one_branch: bool
    final_activation: FinalActivation
    mixed_precision: bool
    difference: float


def import_model(source: Path, destination: Path, options: ImportOptions) -> ImportedModel:
    """Read a foreign ``.keras`` or ``.h5`` file and write it as a flat classifier: raw RGB 0..255 in, logits out.

    Args:
        source: the file; it is not trusted, and no code in it is run.
        destination: path of the flat ``.keras`` file.
        options: what the file does not contain.

    Raises:
        UnknownName: no such preprocessing.
        UnusableModel: the file cannot be read, the model is no classifier of images, or the flat model does
            not compute what the original does.
    """
    preprocess = preprocessing_named(options.preprocessing)
    original = load_untrusted(source)
    taken, mixed = _input(original, options), mixed_precision(original)
    image = keras.Input((taken.height, taken.width, 3), dtype="float32", name=INPUT)
    prepared = taken.prepared(image, preprocess)
    examples, prepare = example_images(taken.height, taken.width), keras.Model(image, prepared)

    run = (
        tf.function(original, jit_compile=True) if taken.channels_first else original
    )  # on a CPU, only XLA convolves with the channels first

    def outputs(images: Any) -> Any:
        return _outputs(run, np.asarray(prepare(images)))

    expected = outputs(examples)
    head = _flatten(original, image, prepared, two_classes=options.num_classes == 2)
    require_no_probabilities(head, outputs, examples, expected=expected)
    save_model(keras.Model(image, head.logits, name="imported"), destination)
    flat = load_model(destination)
    logits = np.asarray(flat(examples, training=False), np.float32)
    differs = difference(head, logits, expected, allowed=TOLERANCE_MIXED_PRECISION if mixed else TOLERANCE)
    classes = _num_classes(logits.shape[1], options.num_classes)
    layer = _feature_layer(flat, options)
    one_branch = layer is not None and is_bypassed(flat, layer)
    return ImportedModel(taken, classes, layer, one_branch, head.final_activation, mixed, differs)


def _input(model: keras.Model, options: ImportOptions) -> ImageInput:
    inputs, outputs = _tensors(model, "inputs"), _tensors(model, "outputs")
    if len(inputs) != 1 or len(outputs) != 1:
        raise UnusableModel(
            f"the model has {len(inputs)} inputs and {len(outputs)} outputs, expected one image in and one row of "
            "class scores out: save a model with only these"
        )
    return image_input(inputs[0].shape, asked=(options.image_size, options.image_width))


def _tensors(model: keras.Model, which: str) -> list[Any]:
    """The input or output tensors of a model; a model without a graph has none."""
    try:
        return list(getattr(model, which))
    except (AttributeError, TypeError, ValueError) as error:
        raise UnusableModel(
            f"the model is of class {type(model).__name__}, whose {which} are not known: build it with the functional "
            "API or keras.Sequential"
        ) from error


def _outputs(run: Any, inputs: Any) -> Any:
    """The outputs (n, K) of a model, which may be compiled."""
    try:
        outputs = run(inputs, training=False)
    except Exception as error:  # layers may raise anything
        raise UnusableModel(f"the model does not run on images {list(inputs.shape)}: {reason(error)}") from error
    return np.asarray(next(iter(keras.tree.flatten(outputs))), np.float32)


def _flatten(model: keras.Model, image: Any, prepared: Any, *, two_classes: bool) -> Head:
    taken = {operation.name for operation in keras.Model(image, prepared).operations}
    try:
        output = next(iter(keras.tree.flatten(Flattener(taken=taken).apply(model, prepared))))
    except UnusableModel:
        raise
    except Exception as error:  # layers may raise anything
        raise UnusableModel(f"the model cannot be laid out as one flat graph: {reason(error)}") from error
    return find_logits(output, two_classes=two_classes)


def _num_classes(found: int, asked: int | None) -> int:
    if asked not in {None, found}:
        raise UnusableModel(f"{asked} classes were named, but the model has {found}: name as many", about="classes")
    return found


def _feature_layer(model: keras.Model, options: ImportOptions) -> str | None:
    if options.feature_layer is None:
        return last_spatial(model)
    feature_output(model, options.feature_layer)
    return options.feature_layer
