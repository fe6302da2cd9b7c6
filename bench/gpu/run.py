"""Runs what ``bench.gpu.export`` exported on the first device of JAX and prints one line of JSON last: docs/gpu.md.

Needs JAX and NumPy, and of this project the folder ``bench`` alone.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import jax
import numpy as np

from bench.gpu.program import KINDS, Program, ProgramFolder
from bench.gpu.running.agreement import agreement
from bench.gpu.running.cards import share_of_peak
from bench.gpu.running.executable import Executable, device_facts
from bench.gpu.running.timing import Runs, seconds

UNITS = {"gradcam": "images_per_s", "gradients": "evaluations_per_s", "training": "images_per_s"}


def main() -> None:
    """Run, compare and print; the exit status is 1 if a program failed."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="that bench.gpu.export wrote")
    parser.add_argument("--calls", type=int, default=20, help="timed runs of each program; default: 20")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="default: all")
    asked = parser.parse_args()
    folder, device = ProgramFolder(asked.folder), jax.devices()[0]
    found, failed = list[dict[str, Any]](), dict[str, str]()
    for program in folder.programs():
        if program.kind not in asked.kinds:
            continue
        try:
            found.append(measured(program, folder, device, calls=asked.calls))
        except Exception as error:  # noqa: BLE001  (told below, and in the exit status)
            failed[program.name] = repr(error)
        print(program.name, failed.get(program.name) or json.dumps(found[-1]), file=sys.stderr, flush=True)
    print(json.dumps({"programs": found, "failed": failed, "device": device_facts(device)}))
    sys.exit(1 if failed else 0)


def measured(program: Program, folder: ProgramFolder, device: Any, *, calls: int) -> dict[str, Any]:
    """What is known of one program.

    Raises:
        ValueError: it does not return what it should.
    """
    executable = Executable(folder.stablehlo(program), device)
    arguments = [folder.value(argument) for argument in program.arguments]
    runs = Runs(program, executable, arguments, inputs=program.inputs)
    agrees = agreement(program, [np.array(each) for each in runs.run()], folder)
    resident, copied = seconds(runs.run, calls), seconds(runs.run_with_copies, calls)
    unit, flops = UNITS[program.kind], executable.flops
    return {
        "program": program.name,
        unit: program.batch_size / resident["median"],
        f"{unit}_with_copies": program.batch_size / copied["median"],
        "seconds": resident,
        "seconds_with_copies": copied,
        "flops": flops,
        "share_of_peak": share_of_peak(device.device_kind, program.precision, flops / resident["median"]),
        "memory_bytes": executable.memory_bytes,
        "compile_s": executable.compile_s,
        "agreement": agrees,
    }


if __name__ == "__main__":
    main()
