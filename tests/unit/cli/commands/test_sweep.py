from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.commands.sweep import read_grid
from cli.errors import Usage
from tests.services.command_line import Ran
from tests.services.fake_api import FakeApi

Florescope = Callable[..., Ran]


def test_a_grid_on_the_command_line_is_read_as_numbers_where_it_can_be() -> None:
    grid = read_grid(["optimizer.learning_rate=0.001, 3e-4", "backbone=ResNet50,MobileNetV2", "crop_size=null"])
    assert grid == {
        "optimizer.learning_rate": [0.001, 3e-4],
        "backbone": ["ResNet50", "MobileNetV2"],
        "crop_size": [None],
    }


@pytest.mark.parametrize("axis", ["batch_size", "=16", "batch_size="])
def test_an_axis_without_field_or_values_is_told_with_an_example(axis: str) -> None:
    with pytest.raises(Usage, match="batch_size=16,32"):
        read_grid([axis])


def test_a_sweep_is_submitted_from_a_training_and_a_grid(api: FakeApi, florescope: Florescope, tmp_path: Path) -> None:
    base = tmp_path / "train.json"
    base.write_text(json.dumps({"dataset": "synthetic_flowers", "epochs": 3}))
    ran = florescope("sweep", "--base", str(base), "--grid", "batch_size=16,32", "--parallel", "3", "--no-wait")
    assert ran.code == 0, ran.err
    assert api.specs == [
        {
            "kind": "sweep",
            "parallel": 3,
            "base": {"kind": "train", "dataset": "synthetic_flowers", "epochs": 3},
            "grid": {"batch_size": [16, 32]},
        }
    ]


def test_a_grid_given_beside_a_specification_is_joined_to_it(
    api: FakeApi, florescope: Florescope, tmp_path: Path
) -> None:
    spec = tmp_path / "sweep.json"
    spec.write_text(json.dumps({"kind": "sweep", "base": {}, "grid": {"epochs": [1], "batch_size": [8]}}))
    florescope("sweep", "--spec", str(spec), "--grid", "batch_size=16", "--no-wait")
    assert api.specs[0]["grid"] == {"epochs": [1], "batch_size": [16]}


def test_a_retry_is_followed_to_its_end(api: FakeApi, florescope: Florescope) -> None:
    ran = florescope("retry", "j1", "--no-wait", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["retry_of"] == "j1"
    assert len(api.keys) == 1


@pytest.mark.parametrize("axis", ["epochs=NaN,1", "epochs=1e999"])
def test_an_axis_that_is_no_finite_number_is_refused(api: FakeApi, florescope: Florescope, axis: str) -> None:
    ran = florescope("sweep", "--grid", axis, "--no-wait")
    assert ran.code == 2
    assert "give finite ones" in ran.err
    assert api.specs == []


def test_a_grid_of_null_in_a_specification_is_none(api: FakeApi, florescope: Florescope, tmp_path: Path) -> None:
    spec = tmp_path / "sweep.json"
    spec.write_text(json.dumps({"grid": None}))
    florescope("sweep", "--spec", str(spec), "--grid", "epochs=1,2", "--no-wait")
    assert api.specs[0]["grid"] == {"epochs": [1, 2]}


def test_a_grid_that_is_no_object_is_told(florescope: Florescope, tmp_path: Path) -> None:
    spec = tmp_path / "sweep.json"
    spec.write_text(json.dumps({"grid": [16, 32]}))
    ran = florescope("sweep", "--spec", str(spec), "--grid", "epochs=1,2", "--no-wait")
    assert ran.code == 2
    assert "its grid is no JSON object" in ran.err


def test_a_base_that_cannot_be_read_is_named_as_it_was_given(florescope: Florescope, tmp_path: Path) -> None:
    ran = florescope("sweep", "--base", str(tmp_path / "none.json"), "--no-wait")
    assert ran.code == 2
    assert f"--base {tmp_path / 'none.json'}: cannot be read" in ran.err
