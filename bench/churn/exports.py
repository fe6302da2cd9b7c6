"""Measures how far exported models are from the original: MobileNetV2 with a trained head, on real photographs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jobs.specs.export_spec import EXPORT_FORMATS

IMAGES = 64


def measure(folder: Path) -> Mapping[str, float]:
    """The largest difference of probabilities of each format, and of all; what a format cannot do is an error.

    Half of the images are photographs of Oxford Flowers102, half are plain and random ones.
    """
    import numpy as np  # noqa: PLC0415  (TensorFlow takes seconds, and the other figures need none)

    from bench.explain.real_model import IMAGE_SIZE, places_from_environment, real_images, real_model  # noqa: PLC0415
    from ml.models.exporting.check_pictures import check_pictures  # noqa: PLC0415
    from ml.models.exporting.export import Exporter  # noqa: PLC0415
    from ml.models.exporting.metadata import ExportMetadata  # noqa: PLC0415

    places = places_from_environment()
    model = real_model(places)
    photographs, _ = real_images(places, IMAGES // 2)
    pictures = np.concatenate([photographs, check_pictures(IMAGE_SIZE, IMAGE_SIZE, IMAGES - len(photographs))])
    names = tuple(str(label) for label in range(int(model.output.shape[-1])))
    exporter = Exporter(model, ExportMetadata("bench", names, "", ""), pictures)
    found = {name: exporter.write(name, folder / form.file) for name, form in EXPORT_FORMATS.items()}
    largest = {f"export_difference_{name}": value for name, value in found.items()}
    return {"export_difference": max(found.values()), **largest, "export_images": float(len(pictures))}
