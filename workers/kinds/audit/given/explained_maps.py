"""Reads the raw maps of an explanation for the images of an audit."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from jobs import keys
from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.installed_methods import describe_method
from jobs.specs.scores import AGAINST
from store.base import ObjectStore
from store.verified import verified_bytes
from workers.kinds.audit.given.mended_pictures import MendedPictures
from workers.kinds.audit.given.seen_images import SeenImages

GRADCAM = "gradcam"
# Pixel maps are pooled to about this many cells a side: a place is found as well, and memory holds all images.
_CELLS = 14
_NONE = MendedPictures()

Maps = npt.NDArray[np.float32]


def explained_maps(
    job_id: str, seen: SeenImages, store: ObjectStore, *, check: Callable[[], None], mended: MendedPictures = _NONE
) -> Maps | None:
    """The maps (n, h, w) of the predicted class, of GradCAM if it was asked for, else of the first method.

    Maps of pixels are magnitudes, pooled. The map of an image that was not explained, or was ``mended`` since, is all
    NaN. None where not one image has one.
    """
    spec = Job.decode(store.get(keys.spec(job_id))).spec
    if not isinstance(spec, ExplainSpec):
        return None
    method = GRADCAM if GRADCAM in spec.methods else spec.methods[0]
    found = dict(_maps(job_id, method, _rows(seen, mended), store, check=check))
    if not found:
        return None
    nothing = np.full_like(next(iter(found.values())), np.nan)
    return np.stack([found.get(row, nothing) for row in range(len(seen))])


def why_no_maps(job_id: str, store: ObjectStore) -> str:
    """Why ``explained_maps`` gave none."""
    spec = Job.decode(store.get(keys.spec(job_id))).spec
    if isinstance(spec, ExplainSpec) and spec.score.startswith(AGAINST):
        return (
            f"the maps of explanation {job_id} hold a class against a single other one (score {spec.score!r}), not "
            "against all: name an explanation with another score"
        )
    return f"explanation {job_id} has no map of the predicted classes"


def _rows(seen: SeenImages, mended: MendedPictures) -> dict[tuple[str, int], int]:
    """The row of each image by its id and its predicted class."""
    return {
        (str(name), int(label)): row
        for row, (name, label) in enumerate(zip(seen.image_ids, seen.predicted, strict=True))
        if str(name) not in mended
    }


def _maps(
    job_id: str, method: str, rows: dict[tuple[str, int], int], store: ObjectStore, *, check: Callable[[], None]
) -> Iterator[tuple[int, Maps]]:
    for info in store.list(keys.reports(job_id)):
        check()
        report = Report.decode(store.get(info.key))
        for file in report.artifacts:
            if file.name == f"{report.step}/{method}.npz":
                found = _of_file(file, rows, store)
                yield from found if describe_method(method).of_layer else _magnitudes(found)


def _magnitudes(maps: Iterator[tuple[int, Maps]]) -> Iterator[tuple[int, Maps]]:
    """Maps of pixels, where what speaks for a class lies beside what speaks against it."""
    return ((row, np.abs(heatmap)) for row, heatmap in maps)


def _of_file(file: Artifact, rows: dict[tuple[str, int], int], store: ObjectStore) -> Iterator[tuple[int, Maps]]:
    with np.load(io.BytesIO(verified_bytes(file, store)), allow_pickle=False) as packed:
        maps, scale = packed["maps"].astype(np.float32), packed["scale"]
        images = zip(packed["image_ids"].tolist(), packed["targets"].tolist(), packed["foils"].tolist(), strict=True)
        for number, (image_id, target, foil) in enumerate(images):
            row = rows.get((image_id, target)) if foil < 0 else None
            if row is not None:
                yield row, _pooled(maps[number] * scale[number])


def _pooled(heatmap: Maps) -> Maps:
    """A map as it is if it is coarse; the mean magnitudes of its cells if it has a value for each pixel."""
    step = max(1, min(heatmap.shape) // _CELLS)
    if step == 1 or max(heatmap.shape) <= 2 * _CELLS:
        return heatmap
    height, width = (side - side % step for side in heatmap.shape)
    cells = np.abs(heatmap[:height, :width]).reshape(height // step, step, width // step, step)
    return np.asarray(cells.mean(axis=(1, 3)), np.float32)
