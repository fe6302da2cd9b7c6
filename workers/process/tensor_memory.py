"""Has the children of a compute worker keep the memory of large tensors, in huge pages.

By default each tensor above 32 MiB is mapped anew and given back after its use, and the kernel zeroes it in pages of
4 KiB each time. Where it gives huge pages only to those who ask (``madvise``), that took half the time of a training
step on a CPU (``docs/operations.md``).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

from dispatch.names import COMPUTE_QUEUES

HUGE_PAGES = "glibc.malloc.hugetlb"


def tell_children(queues: Collection[str]) -> None:
    """In a parent, before it starts children: where they compute, their environment says how to keep memory."""
    os.environ.update(environment(queues, os.environ))  # noqa: TID251  (told to children, and no setting)


def environment(queues: Collection[str], inherited: Mapping[str, str]) -> dict[str, str]:
    """What to add for children that take steps from these queues; what an operator has set stays as it is.

    glibc reads its variable when a program starts, and TensorFlow reads its own when it is loaded.
    """
    if not set(queues) & set(COMPUTE_QUEUES):
        return {}
    tunables = inherited.get("GLIBC_TUNABLES", "")
    if HUGE_PAGES not in tunables:
        tunables = f"{tunables}:{HUGE_PAGES}=1".lstrip(":")
    return {
        "GLIBC_TUNABLES": tunables,
        "TF_CPU_ALLOCATOR_USE_BFC": inherited.get("TF_CPU_ALLOCATOR_USE_BFC", "1"),
        "TF_CPU_BFC_MEM_LIMIT_IN_MB": inherited.get("TF_CPU_BFC_MEM_LIMIT_IN_MB", str(_machine_mb())),
    }


def _machine_mb() -> int:
    """All memory of this machine: a limit of TensorFlow's own, below it, would end steps that have room."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
