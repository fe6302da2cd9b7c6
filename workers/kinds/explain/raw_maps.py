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

    def encode(self) -> bytes:
        """An ``.npz`` file of n rows.

        Returns:
            ``maps`` (n, h, w) float16, ``scale`` (n,) float32 to multiply them by, ``image_ids``, ``targets``, and
            ``foils``, the classes that these are held against, or -1. An image comes more than once where several
            classes were explained, or its wrong prediction against the true class.
        """
        arrays: dict[str, npt.NDArray[Any]] = {
            "maps": np.stack(self._maps),
            "scale": np.asarray(self._scales, np.float32),
            "image_ids": np.asarray(self._image_ids),
            "targets": np.asarray(self._targets, np.int32),
            "foils": np.asarray(self._foils, np.int32),
        }
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, array, allow_pickle=False)
        return buffer.getvalue()
