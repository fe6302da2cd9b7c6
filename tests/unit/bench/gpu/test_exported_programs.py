"""The product's functions are exported from TensorFlow and run by JAX, which finds what TensorFlow found."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.gpu.export import Computations, export
from bench.gpu.exporting.explanations import Computation, ExplainingFunctions
from bench.gpu.exporting.training_step import TrainingSteps
from bench.gpu.program import KINDS, PRECISIONS, Precision, ProgramFolder
from tests.unit.ml.conftest import TINY, register_tiny_net
from tests.unit.ml.small_networks import SIZE, network

ROOT = Path(__file__).resolve().parents[4]
JAX = ROOT / "bench" / "gpu" / ".venv" / "bin" / "python"
SIDE, ROWS, BATCH_SIZES = 32, 8, (8, 16)
LEARNT = 8
"""Kernels and offsets of the tiny network: two convolutions, a normalisation and the head have two each."""


def pictures(side: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(7).integers(0, 256, (ROWS, side, side, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ProgramFolder:
    path = tmp_path_factory.mktemp("exported") / "programs"
    explaining = ExplainingFunctions(network(), feature_layer="features", images=pictures(SIZE))
    with pytest.MonkeyPatch.context() as patch:
        register_tiny_net(patch)
        computations: Computations = {
            "gradcam": explaining.gradcam,
            "gradients": explaining.gradients,
            "training": TrainingSteps(TINY, pictures(SIDE)).step,
        }
        export(computations, BATCH_SIZES, path)
    return ProgramFolder(path)


@pytest.fixture(scope="module")
def found(folder: ProgramFolder) -> dict[str, Any]:
    if not JAX.is_file():
        pytest.skip("JAX is not installed: make gpu-runner does it, in an environment of its own")
    command = [JAX, "-m", "bench.gpu.run", folder.path, "--calls", "3"]
    ran = subprocess.run([*map(str, command)], cwd=ROOT, check=False, capture_output=True, text=True, timeout=200)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return dict(json.loads(ran.stdout.splitlines()[-1]))


def agreements(found: dict[str, Any], beginning: str) -> list[dict[str, Any]]:
    return [each["agreement"] for each in found["programs"] if each["program"].startswith(beginning)]


def test_every_function_is_exported_in_every_precision_for_every_batch_size(folder: ProgramFolder) -> None:
    programs = folder.programs()
    wanted = {(kind, precision, size) for kind in KINDS for precision in PRECISIONS for size in BATCH_SIZES}
    assert {(each.kind, each.precision, each.batch_size) for each in programs} == wanted
    assert all(folder.stablehlo(each) for each in programs)


def test_arguments_are_stored_once_and_repeated_to_the_batch_size(folder: ProgramFolder) -> None:
    few, many = (each for each in folder.programs() if each.kind == "training" and each.precision == "float32")
    assert few.arguments[0].array == many.arguments[0].array
    images = folder.value(many.arguments[0])
    assert images.dtype == np.float32
    np.testing.assert_array_equal(images, np.concatenate([pictures(SIDE)] * 2))


def test_a_training_step_updates_weights_and_optimizer(folder: ProgramFolder) -> None:
    step = next(each for each in folder.programs() if each.kind == "training")
    moments = [name for name in step.reference if name.startswith("moment-")]
    assert len(moments) == LEARNT
    assert {int(name.split("-")[1]) for name in moments} < set(step.updated)


def test_a_batch_size_that_rows_do_not_fill_is_refused(tmp_path: Path) -> None:
    def of_eight(_: Precision) -> Computation:
        return Computation(pytest.fail, (pictures(SIDE),), {})

    with pytest.raises(SystemExit, match="expected a multiple of 8"):
        export({"training": of_eight}, [12], tmp_path / "programs")


def test_jax_finds_tensorflows_maps_in_float32(found: dict[str, Any]) -> None:
    for kind in ("gradcam", "gradients"):
        for each in agreements(found, f"{kind}-float32"):
            assert each["maps"] > 0
            assert each["spearman_min"] >= 0.999


def test_maps_in_bfloat16_are_near_those_in_float32_and_not_the_same(found: dict[str, Any]) -> None:
    for each in agreements(found, "gradients-bfloat16"):
        assert 0.9 < each["spearman_median"] < 1
        assert each["values_error"] > 0


def test_jax_finds_tensorflows_loss_and_gradients(found: dict[str, Any]) -> None:
    for each in agreements(found, "training-float32"):
        assert each["loss_error"] < 1e-5
        assert each["gradient_error"] < 1e-3


def test_every_program_has_its_speed_its_operations_and_its_memory(found: dict[str, Any]) -> None:
    assert len(found["programs"]) == len(KINDS) * len(PRECISIONS) * len(BATCH_SIZES)
    few, many = found["programs"][:2]
    assert few["images_per_s"] > 0
    assert many["flops"] == pytest.approx(2 * few["flops"], rel=0.1)
    assert many["memory_bytes"]["arguments"] > few["memory_bytes"]["arguments"]
    assert found["device"]["platform"] in ("cpu", "gpu")


def test_a_folder_without_programs_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="holds no exported programs"):
        ProgramFolder(tmp_path).programs()
