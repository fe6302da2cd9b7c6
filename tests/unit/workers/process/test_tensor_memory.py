"""Children that compute keep the memory of tensors, and operators have the last word."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workers.process import tensor_memory

_SETTING = Path("/sys/kernel/mm/transparent_hugepage/enabled")
KERNEL = _SETTING.read_text() if _SETTING.exists() else ""
TUNABLES, POOLED = "GLIBC_TUNABLES", "TF_CPU_ALLOCATOR_USE_BFC"


@pytest.mark.parametrize("queues", [["light"], ["finalize"], []])
def test_workers_that_do_not_compute_are_left_as_they_are(queues: list[str]) -> None:
    assert tensor_memory.environment(queues, {}) == {}


@pytest.mark.parametrize("queues", [["train"], ["explain", "light"], ["interactive"]])
def test_children_that_compute_get_huge_pages_and_a_pool(queues: list[str]) -> None:
    told = tensor_memory.environment(queues, {})
    assert told[TUNABLES] == "glibc.malloc.hugetlb=1"
    assert told[POOLED] == "1"


def test_the_pool_may_grow_to_all_memory_of_the_machine() -> None:
    limit_mb = int(tensor_memory.environment(["train"], {})["TF_CPU_BFC_MEM_LIMIT_IN_MB"])
    assert limit_mb * 2**20 <= os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") < (limit_mb + 1) * 2**20


def test_what_an_operator_has_set_stays() -> None:
    mine = {TUNABLES: "glibc.malloc.hugetlb=0", POOLED: "0", "TF_CPU_BFC_MEM_LIMIT_IN_MB": "4096"}
    assert tensor_memory.environment(["train"], mine) == mine


def test_other_tunables_of_an_operator_stay_beside_it() -> None:
    told = tensor_memory.environment(["train"], {TUNABLES: "glibc.malloc.arena_max=2"})
    assert told[TUNABLES] == "glibc.malloc.arena_max=2:glibc.malloc.hugetlb=1"


def test_a_parent_that_tells_twice_says_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (TUNABLES, POOLED, "TF_CPU_BFC_MEM_LIMIT_IN_MB"):
        monkeypatch.setenv(name, "set, so that it is put back")
        monkeypatch.delenv(name)
    tensor_memory.tell_children(["train"])
    tensor_memory.tell_children(["train"])
    assert os.environ[TUNABLES] == "glibc.malloc.hugetlb=1"


@pytest.mark.skipif("[madvise]" not in KERNEL, reason="this kernel does not give huge pages to those who ask alone")
def test_a_program_started_with_it_asks_the_kernel_for_huge_pages() -> None:
    told = tensor_memory.environment(["train"], {})
    program = "kept = bytearray(2**26); print(open('/proc/self/smaps').read())"
    shown = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **told}, capture_output=True, text=True, check=True
    ).stdout
    assert any("hg" in line.split() for line in shown.splitlines() if line.startswith("VmFlags:"))
