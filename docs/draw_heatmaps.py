"""Draws ``docs/heatmaps.png``: trains the small network on the drawn flowers, and explains six of them.

Run from the root of the repository, a few minutes on two cores: ``PYTHONPATH=. python docs/draw_heatmaps.py``.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from PIL import Image
from scipy.ndimage import gaussian_filter

from drawing.colours import Kind
from drawing.overlay import overlay
from ml.attribution.explainer import Explainer, ExplainOptions, ImageExplanation
from ml.attribution.gradcam import enlarged
from ml.data.datasets import Example, read
from ml.data.images import resize
from ml.training.options import OptimizerOptions, TrainingOptions
from ml.training.train import TrainingResult, train

Pixels = npt.NDArray[np.uint8]

TARGET = Path(__file__).with_name("heatmaps.png")
DATASET = "synthetic_flowers"
CLASSES = (0, 2, 4, 5, 7, 8)
LOOKED_AT = 64
LEAST_CONFIDENCE = 0.9
SIDE = 256
"""Side of each picture before it is set on the page, in pixels."""
COLOURS = 256
CALM_PIXELS = 0.8
"""Width of the Gaussian over the signed attributions, in pixels of the network's input: for the page only."""

OPTIONS = TrainingOptions(
    dataset=DATASET,
    backbone="SmallCNN",
    weights="none",
    image_size=64,
    epochs=10,
    batch_size=32,
    optimizer=OptimizerOptions(learning_rate=0.002, schedule="cosine"),
)
ROWS: tuple[tuple[str, str, Kind], ...] = (
    ("GradCAM", "gradcam", "sequential"),
    ("Integrated Gradients", "integrated_gradients", "diverging"),
)


@dataclass(frozen=True, eq=False)
class Explained:
    """A flower, and what the network says of it and why."""

    example: Example
    explanation: ImageExplanation

    @property
    def photograph(self) -> Pixels:
        """As drawn on the page, (SIDE, SIDE, 3)."""
        assert self.example.image is not None  # noqa: S101
        picture = Image.fromarray(self.example.image)
        return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC), np.uint8)

    def overlay(self, method: str, kind: Kind) -> Pixels:
        """The heatmap of one method over the photograph, (SIDE, SIDE, 3)."""
        raw = self.explanation.methods[method].map
        calm = raw if kind == "sequential" else np.asarray(gaussian_filter(raw, CALM_PIXELS), np.float32)
        heatmap = enlarged(calm, SIDE)
        return np.asarray(overlay(self.photograph, heatmap, kind=kind))


def main() -> None:
    """Train, explain, draw and say how well the network does."""
    with tempfile.TemporaryDirectory() as folder:
        result = train(OPTIONS, directory=Path(folder), on_epoch=lambda _: None, on_batch=lambda _: None)
    _draw(_chosen(result), result.class_names)
    print(f"{TARGET}: test accuracy {result.test_accuracy:.3f}, {TARGET.stat().st_size >> 10} kB")  # noqa: T201


def _chosen(result: TrainingResult) -> list[Explained]:
    """Of each class, the first flower that the network is right and sure about."""
    examples = list(read(DATASET, "test", stop=LOOKED_AT))
    images = np.stack([resize(example.image, OPTIONS.image_size) for example in examples if example.image is not None])
    explainer = Explainer(result.model, ExplainOptions(feature_layer=result.feature_layer, tolerance=0.01))
    explanations = explainer.explain(images, [example.label for example in examples])
    sure = [
        Explained(example, explanation)
        for example, explanation in zip(examples, explanations, strict=True)
        if explanation.confidence >= LEAST_CONFIDENCE and explanation.prediction == example.label
    ]
    return [next(each for each in sure if each.example.label == label) for label in CLASSES]


def _draw(shown: Sequence[Explained], class_names: Sequence[str]) -> None:
    mpl.rcParams["font.family"] = "DejaVu Sans"
    figure = Figure(figsize=(1.6 * len(shown) + 0.3, 1.6 * (len(ROWS) + 1) + 0.5), dpi=100, layout="constrained")
    axes = figure.subplots(len(ROWS) + 1, len(shown), squeeze=False)
    for column, each in enumerate(shown):
        name = class_names[each.explanation.prediction]
        axes[0, column].set_title(f"{name}\n{each.explanation.confidence:.0%}", fontsize=10)
        pictures = [each.photograph, *(each.overlay(method, kind) for _, method, kind in ROWS)]
        for axis, picture in zip(axes[:, column], pictures, strict=True):
            axis.imshow(picture, interpolation="antialiased")
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
    for axis, title in zip(axes[:, 0], ["photograph", *(title for title, _, _ in ROWS)], strict=True):
        axis.set_ylabel(title, fontsize=10)
    page = io.BytesIO()
    figure.savefig(page, format="png")
    whole = Image.open(page).convert("RGB")
    palette = whole.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE)
    whole.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(TARGET, optimize=True)


if __name__ == "__main__":
    main()
