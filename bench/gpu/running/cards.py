"""What cards can do at most in products of matrices that are not sparse, in 10¹² operations per second.

Float32 is that of the ordinary cores; TensorFloat-32 and bfloat16 are those of the tensor cores. The numbers of
NVIDIA's data sheets, as vendors of the cards repeat them: the sheets themselves were not read. Those of the tensor
cores of H100, H200 and L4 are half of what the sheets give for sparse matrices; H200 computes as H100 does.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bench.gpu.program import Precision

A100 = "NVIDIA A100"
PEAK_TFLOPS: Mapping[str, Mapping[Precision, float]] = MappingProxyType(
    {
        A100: {"float32": 19.5, "tf32": 156.0, "bfloat16": 312.0},
        "NVIDIA H100 80GB HBM3": {"float32": 67.0, "tf32": 494.5, "bfloat16": 989.5},
        "NVIDIA H200": {"float32": 67.0, "tf32": 494.5, "bfloat16": 989.5},
        "NVIDIA L4": {"float32": 30.3, "tf32": 60.0, "bfloat16": 121.0},
    }
)


def share_of_peak(card: str, precision: Precision, flops_per_s: float) -> float | None:
    """The share of what the card can do at most; None of a card that is not in the table.

    Args:
        card: its name as JAX says it, such as ``NVIDIA A100-SXM4-80GB``; all of an A100 have the same peaks.
        precision: of the program.
        flops_per_s: that were measured.
    """
    name = A100 if card.startswith(A100) and " MIG " not in card else card
    peaks = PEAK_TFLOPS.get(name)
    return flops_per_s / (peaks[precision] * 1e12) if peaks else None
