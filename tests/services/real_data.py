"""Where the real flowers and the real weights lie on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

DATASET = "oxford_flowers102"
WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"


@dataclass(frozen=True)
class RealData:
    """Folders as ``TFDS_DATA_DIR`` and ``FLORESCOPE_WEIGHTS_DIR`` name them."""

    tfds: str
    weights: str


def require_real_data() -> RealData:
    """Skip the test where the data or the weights are missing; fail it there in CI."""
    wanted = {"TFDS_DATA_DIR": DATASET, "FLORESCOPE_WEIGHTS_DIR": WEIGHTS}
    missing = [name for name, file in wanted.items() if not (Path(os.environ.get(name, "/nowhere")) / file).exists()]
    if not missing:
        return RealData(os.environ["TFDS_DATA_DIR"], os.environ["FLORESCOPE_WEIGHTS_DIR"])
    reason = ", ".join(f"{name} names no folder that holds {wanted[name]}" for name in missing)
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and CI must not skip the tests on real data")
    pytest.skip(reason)
