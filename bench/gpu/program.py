"""What is exported and run: one compiled function of the product, with one precision and one batch size.

A folder of programs holds ``programs.json``, each program as StableHLO (``<name>.stablehlo``), and their arrays, named
after their contents so that programs share them. Needs NumPy alone: both who exports and who runs read this.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Kind = Literal["gradcam", "gradients", "training"]
Precision = Literal["float32", "tf32", "bfloat16"]
KINDS: tuple[Kind, ...] = ("gradcam", "gradients", "training")
PRECISIONS: tuple[Precision, ...] = ("float32", "tf32", "bfloat16")
LISTED = "programs.json"
MOMENT = "moment-"
"""Beginning of the name of a reference; the position of the updated argument follows."""


@dataclass(frozen=True)
class Argument:
    """An argument of a program: an array of the folder, repeated to the shape.

    Attributes:
        array: SHA-256 of its file.
        shape: such as (256, 224, 224, 3), whose rows are those of the array, over and over.
        dtype: such as ``float32``; images lie in the folder as uint8.
    """

    array: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Program:
    """One compiled function.

    Attributes:
        name: such as ``gradcam-bfloat16-256``.
        batch_size: images, or points on paths of Integrated Gradients.
        arguments: of the function, in its order.
        inputs: how many of the arguments are a batch; the others are variables.
        updated: the arguments, by position, that the function changes; they are its last results, in this order.
        reference: what TensorFlow found of the first rows, in float32 on a CPU, by name: see
            ``bench.gpu.running.agreement``.
    """

    name: str
    kind: Kind
    precision: Precision
    batch_size: int
    arguments: tuple[Argument, ...]
    inputs: int
    updated: tuple[int, ...]
    reference: dict[str, str]


class ProgramFolder:
    """Programs on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add_array(self, array: Array) -> str:
        """Store an array, once; returns its name."""
        name = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode() + array.tobytes()).hexdigest()
        if not (self.path / f"{name}.npz").exists():
            np.savez_compressed(self.path / f"{name}.npz", array=array)
        return name

    def array(self, name: str) -> Array:
        """A stored array."""
        with np.load(self.path / f"{name}.npz", allow_pickle=False) as file:
            found: Array = file["array"]
        return found

    def value(self, argument: Argument) -> Array:
        """The array of an argument in its shape: rows are repeated."""
        return np.resize(self.array(argument.array), argument.shape).astype(argument.dtype, copy=False)

    def add_stablehlo(self, name: str, serialized: bytes) -> None:
        """Store the function of a program."""
        (self.path / f"{name}.stablehlo").write_bytes(serialized)

    def stablehlo(self, program: Program) -> bytes:
        """The function of a program, a portable artifact of StableHLO."""
        return (self.path / f"{program.name}.stablehlo").read_bytes()

    def write_list(self, programs: Sequence[Program]) -> None:
        """Store the list of programs; last, so that a folder that has one is whole."""
        (self.path / LISTED).write_text(json.dumps([asdict(program) for program in programs], indent=1))

    def programs(self) -> list[Program]:
        """All programs, as they were exported.

        Raises:
            SystemExit: the folder has no list of programs.
        """
        try:
            listed = json.loads((self.path / LISTED).read_text())
        except OSError as error:
            raise SystemExit(
                f"{self.path} holds no exported programs ({error.strerror}): make them with python -m bench.gpu.export"
            ) from error
        return [_program(entry) for entry in listed]


def _program(entry: dict[str, Any]) -> Program:
    arguments = tuple(Argument(each["array"], tuple(each["shape"]), each["dtype"]) for each in entry["arguments"])
    return Program(**{**entry, "arguments": arguments, "updated": tuple(entry["updated"])})
