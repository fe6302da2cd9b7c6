"""The files of a shard: a picture per image and method, uploaded in the background, and packed maps."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from jobs.artifact import GALLERY, Artifact
from jobs.explain_spec import ExplainSpec
from ml.explainer import ImageExplanation
from ml.gallery import Gallery
from ml.overlay import Kind, overlay_png
from workers.step_context import StepContext

_UPLOADS = 4
_KINDS: dict[str, Kind] = {"gradcam": "sequential", "integrated_gradients": "diverging"}


class HeatmapFiles:
    """Context manager over one attempt's files; leaving it waits for the uploads under way."""

    def __init__(self, context: StepContext, spec: ExplainSpec) -> None:
        self._context = context
        self._outputs = spec.outputs
        self._maps: dict[str, list[npt.NDArray[np.float32]]] = {method: [] for method in spec.methods}
        self._image_ids: list[str] = []
        self._gallery = Gallery()
        self._uploads = ThreadPoolExecutor(_UPLOADS, thread_name_prefix="upload")

    def __enter__(self) -> HeatmapFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self._uploads.shutdown(cancel_futures=True)

    def add(
        self, image_id: str, image: npt.NDArray[np.uint8], explanation: ImageExplanation
    ) -> dict[str, Future[Artifact]]:
        """Keep the maps for packing, draw and upload one picture per method; ``image`` is (S, S, 3)."""
        self._image_ids.append(image_id)
        maps = {name: method.map for name, method in explanation.methods.items()}
        self._gallery.add(image_id, image, explanation.target, maps)
        pending = {}
        for name, method in explanation.methods.items():
            if "raw" in self._outputs:
                self._maps[name].append(method.map)
            if "overlay" in self._outputs:
                pending[name] = self._uploads.submit(self._draw, image_id, name, image, method.map)
        return pending

    @property
    def last_row(self) -> int | None:
        """Row of the image added last in the packed maps, if they are wanted."""
        return len(self._image_ids) - 1 if "raw" in self._outputs else None

    def packed(self) -> tuple[Artifact, ...]:
        """All maps of the shard, one file per method, and what the job's report will show of the shard."""
        packs = {f"{name}.npz": pack(maps, self._image_ids) for name, maps in self._maps.items() if maps}
        packs[GALLERY] = self._gallery.encode()
        return tuple(self._put(f"{self._context.step}/{name}", data, "application/zip") for name, data in packs.items())

    def _draw(
        self, image_id: str, name: str, image: npt.NDArray[np.uint8], heatmap: npt.NDArray[np.float32]
    ) -> Artifact:
        picture = overlay_png(image, heatmap, kind=_KINDS[name])
        return self._put(f"{image_id}/{name}.png", picture, "image/png")

    def _put(self, name: str, data: bytes, content_type: str) -> Artifact:
        store = self._context.services.store
        info = store.put(self._context.key(name), data, content_type=content_type)
        return Artifact(name=name, key=info.key, size=info.size, sha256=info.sha256 or "", content_type=content_type)


def pack(maps: Sequence[npt.NDArray[np.float32]], image_ids: Sequence[str]) -> bytes:
    """Maps as float16 in units of their own largest magnitude, so that small attributions keep their digits.

    Args:
        maps: n arrays (S, S).
        image_ids: n names, in the same order.

    Returns:
        An ``.npz`` file: ``maps`` (n, S, S) float16, ``scale`` (n,) float32 to multiply them by, ``image_ids``.
    """
    stacked = np.nan_to_num(np.stack(maps).astype(np.float32))
    scale = np.abs(stacked).max(axis=(1, 2))
    unit = stacked / np.where(scale > 0, scale, 1)[:, None, None]
    buffer = io.BytesIO()
    np.savez_compressed(buffer, maps=unit.astype(np.float16), scale=scale, image_ids=np.asarray(image_ids))
    return buffer.getvalue()
