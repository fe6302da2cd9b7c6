"""Measures how far exported models are from the original: MobileNetV2 with a trained head, on real photographs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

IMAGES = 64


def measure(folder: Path) -> Mapping[str, float]:
    """The largest difference of probabilities of each format, and of all; what a format cannot do is an error.

    Half of the images are photographs of Oxford Flowers102, half are plain and random ones.
    """
    import numpy as np  # noqa: PLC0415  (TensorFlow takes seconds, and the other figures need none)

    from bench.explain.real_model import DATASET, IMAGE_SIZE, SPLIT, places_from_environment, real_model  # noqa: PLC0415
    from ml.data.datasets import read  # noqa: PLC0415
    from ml.data.images import resize  # noqa: PLC0415
    from ml.models.exporting.check_pictures import check_pictures  # noqa: PLC0415
    from ml.models.exporting.export import FORMATS, Exporter  # noqa: PLC0415
    from ml.models.exporting.metadata import ExportMetadata  # noqa: PLC0415

    places = places_from_environment()
    model = real_model(places)
    examples = read(DATASET, SPLIT, stop=IMAGES // 2, data_dir=places.tfds_dir)
    photographs = [resize(each.image, IMAGE_SIZE) for each in examples if each.image is not None]
    pictures = np.concatenate(
        [np.stack(photographs), check_pictures(IMAGE_SIZE, IMAGE_SIZE, IMAGES - len(photographs))]
    )
    names = tuple(str(label) for label in range(int(model.output.shape[-1])))
    exporter = Exporter(model, ExportMetadata("bench", names, "", ""), pictures)
    found = {name: exporter.write(name, folder / file) for name, file in zip(FORMATS, _FILES, strict=True)}
    largest = {f"export_difference_{name}": value for name, value in found.items()}
    return {"export_difference": max(found.values()), **largest, "export_images": float(len(pictures))}


_FILES = ("model.keras", "saved_model.zip", "model.onnx", "model.tflite")
