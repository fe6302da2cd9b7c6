"""Exports the product's compiled functions as StableHLO, which JAX runs where TensorFlow has no GPU: docs/gpu.md.

They are a forward pass with GradCAM, the gradients of Integrated Gradients and a training step of MobileNetV2, in
float32, TensorFloat-32 and bfloat16, each for several batch sizes; with what TensorFlow finds on this machine.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from bench.explain.real_model import BACKBONE, FEATURE_LAYER, places_from_environment, real_images, real_model
from bench.gpu.exporting.explanations import Computation, ExplainingFunctions
from bench.gpu.exporting.lowered import lowered
from bench.gpu.exporting.training_step import TrainingSteps
from bench.gpu.program import PRECISIONS, Argument, Array, Kind, Precision, Program, ProgramFolder

IMAGES, KEPT = 32, 128
"""Images that are exported, of those that all benchmarks keep."""
BATCH_SIZES = (32, 128, 256)
Computations = Mapping[Kind, Callable[[Precision], Computation]]


def main() -> None:
    """Export to a folder."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="new or empty; about 50 MB")
    told = f"multiples of {IMAGES}; default: {' '.join(map(str, BATCH_SIZES))}"
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=BATCH_SIZES, help=told)
    asked = parser.parse_args()
    places = places_from_environment()
    images = real_images(places, KEPT)[0][:IMAGES]
    explaining = ExplainingFunctions(real_model(places), feature_layer=FEATURE_LAYER, images=images)
    computations: Computations = {
        "gradcam": explaining.gradcam,
        "gradients": explaining.gradients,
        "training": TrainingSteps(BACKBONE, images).step,
    }
    export(computations, asked.batch_sizes, asked.folder)


def export(computations: Computations, batch_sizes: Sequence[int], path: Path) -> None:
    """Export each computation in each precision for each batch size.

    Raises:
        SystemExit: a batch size is no multiple of the number of rows, or the folder is not empty.
    """
    path.mkdir(parents=True, exist_ok=True)
    if any(path.iterdir()):
        raise SystemExit(f"{path} is not empty: name a new folder")
    folder, programs = ProgramFolder(path), list[Program]()
    for kind, computation_in in computations.items():
        for precision in PRECISIONS:
            computation = computation_in(precision)
            for size in batch_sizes:
                programs.append(_exported(computation, kind, precision, size=size, folder=folder))
                print(programs[-1].name, file=sys.stderr, flush=True)
    folder.write_list(programs)


def _exported(
    computation: Computation, kind: Kind, precision: Precision, *, size: int, folder: ProgramFolder
) -> Program:
    rows = len(computation.arguments[0])
    if size < 1 or size % rows:
        raise SystemExit(f"batch size {size}: expected a multiple of {rows}, the number of images")
    arguments = [np.resize(each, (size, *each.shape[1:])) for each in computation.arguments]
    found, name = lowered(computation.compute, arguments, precision), f"{kind}-{precision}-{size}"
    folder.add_stablehlo(name, found.serialized)
    stored = [_stored(each, (size, *each.shape[1:]), folder) for each in computation.arguments]
    stored += [_stored(each, each.shape, folder) for each in found.variables]
    reference = {name: folder.add_array(array) for name, array in computation.reference.items()}
    return Program(
        name, kind, precision, size, tuple(stored), len(arguments), updated=found.updated, reference=reference
    )


def _stored(array: Array, shape: tuple[int, ...], folder: ProgramFolder) -> Argument:
    """An argument of this shape; pixels, which are whole numbers, are stored as bytes."""
    compact = np.clip(array, 0, 255).astype(np.uint8)
    kept = compact if array.ndim == 4 and np.array_equal(compact, array) else array
    return Argument(folder.add_array(kept), shape, array.dtype.name)


if __name__ == "__main__":
    main()
