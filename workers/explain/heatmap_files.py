"""The files of a shard: a picture per image and method, uploaded in the background, and packed maps."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from jobs.artifact import GALLERY, Artifact
from jobs.explain_spec import ExplainSpec
from ml.explainer import ImageExplanation, MethodExplanation
from ml.gallery import Gallery
from ml.overlay import overlay_png
from workers.explain.image_record import target_of
from workers.explain.method_colours import KINDS
from workers.step_context import StepContext

_UPLOADS = 4


@dataclass(frozen=True)
class KeptMaps:
    """What became of an image's maps, by name: pictures under way, and rows in the packed maps."""

    pictures: dict[str, Future[Artifact]]
    rows: dict[str, int]


@dataclass(frozen=True)
class _Pile:
    """Maps of one method that wait for being packed, with the image and the class of each."""

    maps: list[npt.NDArray[np.float32]] = field(default_factory=list)
    image_ids: list[str] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)


class HeatmapFiles:
    """Context manager over one attempt's files; leaving it waits for the uploads under way."""

    def __init__(self, context: StepContext, spec: ExplainSpec) -> None:
        self._context = context
        self._outputs = spec.outputs
        self._piles: dict[str, _Pile] = defaultdict(_Pile)
        self._gallery = Gallery()
        self._uploads = ThreadPoolExecutor(_UPLOADS, thread_name_prefix="upload")

    def __enter__(self) -> HeatmapFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self._uploads.shutdown(cancel_futures=True)

    def add(self, image_id: str, image: npt.NDArray[np.uint8], explanation: ImageExplanation) -> KeptMaps:
        """Keep the maps for packing, draw and upload one picture for each; ``image`` is (S, S, 3)."""
        first = {name: found.map for name, found in explanation.methods.items() if name == found.method}
        self._gallery.add(image_id, image, explanation.target, first)
        kept = KeptMaps({}, {})
        for name, found in explanation.methods.items():
            if "raw" in self._outputs:
                kept.rows[name] = self._keep(image_id, found, target_of(explanation, found))
            if "overlay" in self._outputs:
                kept.pictures[name] = self._uploads.submit(self._draw, image_id, name, image, found)
        return kept

    def packed(self) -> tuple[Artifact, ...]:
        """All maps of the shard, one file per method, and what the job's report will show of the shard."""
        packs = {f"{method}.npz": pack(pile.maps, pile.image_ids, pile.targets) for method, pile in self._piles.items()}
        packs[GALLERY] = self._gallery.encode()
        return tuple(self._put(f"{self._context.step}/{name}", data, "application/zip") for name, data in packs.items())

    def _keep(self, image_id: str, found: MethodExplanation, target: int) -> int:
        pile = self._piles[found.method]
        pile.maps.append(found.map)
        pile.image_ids.append(image_id)
        pile.targets.append(target)
        return len(pile.maps) - 1

    def _draw(self, image_id: str, name: str, image: npt.NDArray[np.uint8], found: MethodExplanation) -> Artifact:
        picture = overlay_png(image, found.map, kind=KINDS[found.method])
        return self._put(f"{image_id}/{name}.png", picture, "image/png")

    def _put(self, name: str, data: bytes, content_type: str) -> Artifact:
        store = self._context.services.store
        info = store.put(self._context.key(name), data, content_type=content_type)
        return Artifact(name=name, key=info.key, size=info.size, sha256=info.sha256 or "", content_type=content_type)


def pack(maps: Sequence[npt.NDArray[np.float32]], image_ids: Sequence[str], targets: Sequence[int]) -> bytes:
    """Maps as float16 in units of their own largest magnitude, so that small attributions keep their digits.

    Args:
        maps: n arrays (S, S).
        image_ids: n names, in the same order; one comes more than once where several classes were explained.
        targets: n classes that the maps speak for.

    Returns:
        An ``.npz`` file: ``maps`` (n, S, S) float16, ``scale`` (n,) float32 to multiply them by, ``image_ids``,
        ``targets``.
    """
    stacked = np.nan_to_num(np.stack(maps).astype(np.float32))
    scale = np.abs(stacked).max(axis=(1, 2))
    unit = (stacked / np.where(scale > 0, scale, 1)[:, None, None]).astype(np.float16)
    names, classes = np.asarray(image_ids), np.asarray(targets, np.int32)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, maps=unit, scale=scale, image_ids=names, targets=classes)
    return buffer.getvalue()
