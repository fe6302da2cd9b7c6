"""Compiles a portable artifact of StableHLO with JAX and runs it on one device.

JAX has no public function for this: the imports from ``jax._src`` are why its versions are pinned.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from jax._src.interpreters import mlir
from jax._src.lib import xla_client
from jax.extend.mlir.dialects import stablehlo

from bench.gpu.program import Array

jax.config.update("jax_enable_x64", True)  # the optimisers count steps in 64 bits
MEMORY = {
    "arguments": "argument",
    "results": "output",
    "temporary": "temp",
    "reused": "alias",
    "code": "generated_code",
}


class Executable:
    """A function compiled for a device.

    Args:
        serialized: the function.
        device: one of ``jax.devices()``.
    """

    def __init__(self, serialized: bytes, device: Any) -> None:
        self._device = device
        with mlir.make_ir_context() as context:
            module = stablehlo.deserialize_portable_artifact(context, serialized)
            self._text, code = str(module), mlir.module_to_bytecode(module)
        started = time.perf_counter()
        devices, options = xla_client.DeviceList((device,)), xla_client.CompileOptions()
        self._program = device.client.compile_and_load(code, devices, options)
        self.compile_s = time.perf_counter() - started

    def put(self, arrays: Sequence[Array]) -> list[Any]:
        """Copy arrays to the device; waits until they are there."""
        placed = [jax.device_put(array, self._device) for array in arrays]
        jax.block_until_ready(placed)
        return placed

    def __call__(self, arguments: Sequence[Any]) -> list[Any]:
        """Run it on arrays of the device; waits for the results. Arguments that it updates are used up."""
        parts = self._program.execute_sharded(list(arguments)).disassemble_into_single_device_arrays()
        results = [part[0] for part in parts]
        jax.block_until_ready(results)
        return results

    @property
    def memory_bytes(self) -> dict[str, int]:
        """What the compiler says that a run takes; ``reused``: results in the place of arguments."""
        found = self._program.get_compiled_memory_stats()
        return {name: int(getattr(found, f"{key}_size_in_bytes")) for name, key in MEMORY.items()}

    @property
    def flops(self) -> float:
        """Floating-point operations of a run before anything is optimised, as XLA counts them on a CPU."""
        computation = xla_client._xla.mlir.mlir_module_to_xla_computation(
            self._text, use_tuple_args=False, return_tuple=False
        )
        counted = xla_client._xla.hlo_module_cost_analysis(jax.devices("cpu")[0].client, computation.get_hlo_module())
        return float(counted["flops"])


def device_facts(device: Any) -> dict[str, Any]:
    """The device, and the versions that computed."""
    memory = device.memory_stats() or {}
    return {
        "card": device.device_kind,
        "platform": device.platform,
        "memory_gib": round(memory["bytes_limit"] / 2**30, 1) if "bytes_limit" in memory else None,
        "peak_memory_gib": round(memory["peak_bytes_in_use"] / 2**30, 2) if "peak_bytes_in_use" in memory else None,
        "jax": jax.__version__,
        "numpy": np.__version__,
    }
