"""Weights that are not those of their model, or claim more than the file holds: refused before they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
import pytest

from ml.errors import UnusableModel
from ml.models.importing import model_weights
from ml.models.importing.model_file import WEIGHTS, load_untrusted
from ml.models.importing.model_weights import stored_values
from tests.unit.ml.models.importing.doctored_files import doctored, members, refusal, with_weights, written


def last_layer(config: dict[str, Any]) -> dict[str, Any]:
    """The options of the dense layer."""
    found: dict[str, Any] = config["config"]["layers"][3]["config"]
    return found


def test_weights_of_another_shape_are_refused(good: Path, tmp_path: Path) -> None:
    path = doctored(good, tmp_path, lambda config: last_layer(config).update(units=4))
    message = refusal(path)
    assert "weights in the file cannot be read: layer 'last' (Dense)" in message
    assert "a weight of shape (192, 4), and the file holds one of (192, 3)" in message


def test_weights_that_are_missing_are_refused_with_the_layer_and_the_reason(good: Path, tmp_path: Path) -> None:
    path = with_weights(good, tmp_path, lambda file: file.pop("layers/dense/vars/1"))
    message = refusal(path)
    assert "layer 'last' (Dense): " in message
    assert "expected 2 variables, but received 1" in message


def test_a_model_far_larger_than_its_weights_is_refused_without_taking_memory(good: Path, tmp_path: Path) -> None:
    path = doctored(good, tmp_path, lambda config: last_layer(config).update(units=4_000_000_000))
    assert "a model of 772,000,000,000 weights and holds 579" in refusal(path)
    assert load_untrusted(good).output_shape == (None, 3)


def test_weights_far_larger_than_their_model_are_refused_unread(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_weights, "MAX_UNMATCHED_VALUES", 1000)
    path = with_weights(good, tmp_path, lambda file: file.create_dataset("layers/dense/vars/2", data=np.zeros(2000)))
    assert "a model of 579 weights and holds 2,579" in refusal(path)


def test_weights_that_take_more_than_is_allowed_are_refused(good: Path) -> None:
    with pytest.raises(UnusableModel, match="take 0 MiB, more than the 0 MiB allowed"):
        stored_values(good, WEIGHTS, at_most_bytes=4 * 579)


def test_what_an_optimiser_left_is_no_weight_of_the_model(good: Path) -> None:
    assert stored_values(good, WEIGHTS, at_most_bytes=1 << 20) == 192 * 3 + 3


@pytest.mark.parametrize("options", [{"compression": "gzip"}, {"chunks": True}, {}])
def test_weights_that_claim_more_than_the_file_holds_are_refused_unread(
    good: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    def claim(file: Any) -> None:
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", (100_000, 10_000), "float32", **options)

    path = with_weights(good, tmp_path, claim)
    assert path.stat().st_size < 1 << 16
    assert "'layers/dense/vars/0' claims 4,000,000,000 bytes and holds 0" in refusal(path)


def test_weights_that_are_no_numbers_are_refused(good: Path, tmp_path: Path) -> None:
    path = with_weights(good, tmp_path, lambda file: file.create_dataset("layers/dense/vars/2", data="words"))
    assert "'layers/dense/vars/2' holds no numbers" in refusal(path)


def test_weights_that_are_no_hdf5_are_refused(good: Path, tmp_path: Path) -> None:
    assert "weights in the file cannot be read" in refusal(written(tmp_path, {**members(good), WEIGHTS: b"x" * 999}))


def test_weights_that_point_at_other_files_are_refused(good: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["values"] = np.zeros((192, 3), np.float32)

    def point(file: Any) -> None:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = h5py.ExternalLink(str(secret), "values")

    assert "'layers/dense/vars/0' points at another file" in refusal(with_weights(good, tmp_path, point))
