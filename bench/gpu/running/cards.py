"""What cards can do at most, as NVIDIA's data sheets say: matrix products that are not sparse, in 10¹² operations/s.

Float32 is that of the ordinary cores; TensorFloat-32 and bfloat16 are those of the tensor cores.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bench.gpu.program import Precision

PEAK_TFLOPS: Mapping[str, Mapping[Precision, float]] = MappingProxyType(
    {
        "NVIDIA A100": {"float32": 19.5, "tf32": 156.0, "bfloat16": 312.0},
        "NVIDIA H100 80GB HBM3": {"float32": 67.0, "tf32": 494.5, "bfloat16": 989.5},
        "NVIDIA H200": {"float32": 67.0, "tf32": 494.5, "bfloat16": 989.5},
        "NVIDIA L4": {"float32": 30.3, "tf32": 60.0, "bfloat16": 121.0},
    }
)


def share_of_peak(card: str, precision: Precision, flops_per_s: float) -> float | None:
    """The share of what the card can do at most; None of a card that is not in the table.

    Args:
        card: its name as JAX says it, such as ``NVIDIA A100-SXM4-80GB``; the longest beginning in the table counts.
        precision: of the program.
        flops_per_s: that were measured.
    """
    known = [name for name in PEAK_TFLOPS if card == name or card.startswith((f"{name}-", f"{name} "))]
    if not known:
        return None
    return flops_per_s / (PEAK_TFLOPS[max(known, key=len)][precision] * 1e12)
