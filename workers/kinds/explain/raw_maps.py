"""The raw maps of a shard, packed into one file per method: numbers to go on working with, not pictures.

GradCAM is kept at the resolution of its layer, which is all that there is; pictures show it enlarged.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np
import numpy.typing as npt

_NO_FOIL = -1
_LEVEL = 1  # noise hardly compresses: more effort would cost time and save nothing


class RawMaps:
    """Maps of one method, kept as float16 in units of their own largest magnitude: small values keep their digits."""

    def __init__(self) -> None:
        self._maps: list[npt.NDArray[np.float16]] = []
        self._scales: list[float] = []
        self._image_ids: list[str] = []
        self._targets: list[int] = []
        self._foils: list[int] = []
        self._told = 0

    def add(self, image_id: str, target: int, heatmap: npt.NDArray[np.float32], *, foil: int | None = None) -> int:
        """Take in a map (h, w) of class ``target`` against ``foil``; what is not finite becomes 0. Returns its row."""
        finite = np.nan_to_num(heatmap.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        scale = float(np.abs(finite).max())
        self._maps.append((finite / (scale or 1.0)).astype(np.float16))
        self._scales.append(scale)
        self._image_ids.append(image_id)
        self._targets.append(target)
        self._foils.append(_NO_FOIL if foil is None else foil)
        return len(self._maps) - 1

    def restore(self, data: bytes) -> None:
        """Take in the rows that ``encode_new`` gave, after those that there are."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            self._maps.extend(arrays["maps"])
            self._scales.extend(arrays["scale"].tolist())
            self._image_ids.extend(arrays["image_ids"].tolist())
            self._targets.extend(arrays["targets"].tolist())
            self._foils.extend(arrays["foils"].tolist())
        self._told = len(self._maps)

    def encode_new(self) -> bytes:
        """The rows since this was last called, as ``encode`` writes them; nothing of no rows."""
        start, self._told = self._told, len(self._maps)
        return self.encode(start) if start < self._told else b""

    def encode(self, start: int = 0) -> bytes:
        """An ``.npz`` file of n rows, from row ``start`` on.

        Returns:
            ``maps`` (n, h, w) float16, ``scale`` (n,) float32 to multiply them by, ``image_ids``, ``targets``, and
            ``foils``, the classes that these are held against, or -1. An image comes more than once where several
            classes were explained, or its wrong prediction against the true class.
        """
        arrays: dict[str, npt.NDArray[Any]] = {
            "maps": np.stack(self._maps[start:]),
            "scale": np.asarray(self._scales[start:], np.float32),
            "image_ids": np.asarray(self._image_ids[start:]),
            "targets": np.asarray(self._targets[start:], np.int32),
            "foils": np.asarray(self._foils[start:], np.int32),
        }
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, array, allow_pickle=False)
        return buffer.getvalue()
