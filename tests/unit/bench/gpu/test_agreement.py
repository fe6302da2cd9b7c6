"""What a program found is held against the reference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.gpu.program import MOMENT, Array, Kind, Program, ProgramFolder
from bench.gpu.running.agreement import agreement, spearman
from bench.gpu.running.cards import share_of_peak

RISING = np.arange(6, dtype=np.float32).reshape(2, 3)


def program(folder: ProgramFolder, kind: Kind, *, updated: tuple[int, ...] = (), **reference: Array) -> Program:
    names = {name.replace("_", "-"): folder.add_array(array) for name, array in reference.items()}
    return Program(f"{kind}-float32-2", kind, "float32", 2, (), 0, updated=updated, reference=names)


def test_maps_that_rank_the_pixels_alike_agree() -> None:
    assert spearman(RISING, np.exp(RISING)) == pytest.approx(1)
    assert spearman(RISING, -RISING) == pytest.approx(-1)


def test_a_map_that_lost_all_differences_does_not_agree() -> None:
    assert spearman(RISING, np.zeros_like(RISING)) == 0
    assert spearman(RISING, np.full_like(RISING, np.nan)) == 0


def test_constant_maps_are_left_out_and_counted(tmp_path: Path) -> None:
    folder = ProgramFolder(tmp_path)
    reference = np.stack([RISING, np.zeros_like(RISING)])
    asked = program(folder, "gradients", values=np.ones(2, np.float32), maps=reference)
    found = agreement(asked, [np.array([1.0, 1.5]), reference], folder)
    assert (found["maps"], found["maps_left_out"]) == (1, 1)
    assert found["spearman_min"] == pytest.approx(1)
    assert found["values_error"] == 0.5


def test_rows_beyond_the_reference_are_not_compared(tmp_path: Path) -> None:
    folder = ProgramFolder(tmp_path)
    asked = program(folder, "gradcam", logits=np.ones((1, 2), np.float32), maps=RISING[None, None])
    found = agreement(asked, [np.ones((2, 2)), np.stack([RISING, -RISING])[:, None]], folder)
    assert (found["maps"], found["spearman_min"], found["logits_error"]) == (1, pytest.approx(1), 0)


def test_gradients_of_a_training_step_are_compared_by_their_first_moments(tmp_path: Path) -> None:
    folder = ProgramFolder(tmp_path)
    asked = program(
        folder, "training", updated=(3, 5), loss=np.array(2, np.float32), moment_5=np.array([3.0, 4.0], np.float32)
    )
    results = [np.array([2.5, 1.0]), np.zeros(4), np.array([3.0, 4.5])]
    found = agreement(asked, results, folder)
    assert found == {"loss": 2.5, "loss_error": 0.5, "gradient_error": pytest.approx(0.1), "gradients": 1}
    assert list(asked.reference) == ["loss", f"{MOMENT}5"]


def test_a_result_too_few_is_an_error(tmp_path: Path) -> None:
    folder = ProgramFolder(tmp_path)
    asked = program(folder, "training", updated=(3, 5), loss=np.array(2, np.float32))
    with pytest.raises(ValueError, match="shorter"):
        agreement(asked, [np.array([2.5, 1.0]), np.zeros(4)], folder)


def test_the_share_of_the_peak_is_that_of_the_card_and_the_precision() -> None:
    assert share_of_peak("NVIDIA H100 80GB HBM3", "bfloat16", 98.95e12) == pytest.approx(0.1)
    assert share_of_peak("NVIDIA A100-SXM4-80GB", "float32", 1.95e12) == pytest.approx(0.1)


@pytest.mark.parametrize(
    "card", ["cpu", "NVIDIA H100 PCIe", "NVIDIA H200 NVL", "NVIDIA L40S", "NVIDIA A100-SXM4-40GB MIG 1g.5gb"]
)
def test_a_card_that_is_not_in_the_table_has_no_share(card: str) -> None:
    assert share_of_peak(card, "float32", 1e12) is None
