from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from ml.batch_size import activation_bytes, fitting_batch_size
from ml.errors import MlError
from ml.fixed_batch import FixedBatch, padded


class LittleMemory(FixedBatch):
    """Has room for so many rows, and says so as a GPU does."""

    rows = 1000

    def _batch(self, functions: Any, arrays: Any) -> Any:
        if max(functions) > self.rows:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
        return super()._batch(functions, arrays)


def squares(size: int, small: int = 0) -> LittleMemory:
    return LittleMemory(lambda numbers: (numbers**2,), [((), tf.float32)], size=size, small=small)


@pytest.mark.parametrize("count", [1, 2, 4, 5, 9])
def test_any_number_of_rows_goes_through(count: int) -> None:
    numbers = np.arange(count, dtype=np.float32)
    np.testing.assert_array_equal(squares(4)(numbers)[0], numbers**2)


def test_each_size_is_traced_once_at_the_first_call() -> None:
    batch = squares(8, small=2)
    for count in (1, 8, 2, 20):
        batch(np.arange(count, dtype=np.float32))
        assert batch.traces == 2


def test_a_batch_too_large_for_the_memory_is_halved_and_nothing_is_lost() -> None:
    batch = squares(16, small=4)
    batch.rows = 3
    numbers = np.arange(21, dtype=np.float32)
    np.testing.assert_array_equal(batch(numbers)[0], numbers**2)
    assert batch.size == 2


def test_what_is_traced_before_the_first_batch_is_done_is_not_traced_later() -> None:
    batch = squares(16, small=4)
    batch.rows = 3
    batch(np.arange(21, dtype=np.float32))
    assert batch.traces > 2
    assert batch.later_traces == 0


def test_what_is_traced_after_the_first_batch_is_counted() -> None:
    batch = squares(16)
    batch(np.arange(3, dtype=np.float32))
    batch.rows = 4
    batch(np.arange(16, dtype=np.float32))
    assert batch.later_traces == 2  # for 8 rows and for 4


def test_threads_that_meet_too_little_memory_together_halve_once_and_lose_nothing() -> None:
    batch, together = squares(16), threading.Barrier(4)
    batch.rows = 8

    def squared(start: int) -> Any:
        together.wait()
        return batch(np.arange(start, start + 40, dtype=np.float32))[0]

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(squared, range(4)))
    for start, numbers in enumerate(found):
        np.testing.assert_array_equal(numbers, np.arange(start, start + 40, dtype=np.float32) ** 2)
    assert batch.size == 8
    assert batch.traces == 2


def test_memory_that_does_not_suffice_for_one_row_is_an_error_that_says_so() -> None:
    batch = squares(4)
    batch.rows = 0
    with pytest.raises(MlError, match="memory does not suffice for a single image"):
        batch(np.zeros(3, np.float32))


@given(st.integers(1, 6), st.integers(0, 6))
def test_filling_up_keeps_what_was_there(count: int, missing: int) -> None:
    numbers = np.arange(count)
    filled = padded(numbers, count + missing)
    assert filled[:count].tolist() == numbers.tolist()
    assert filled[count:].tolist() == [0] * missing


def test_on_a_cpu_the_batch_sizes_are_those_measured_as_the_fastest(monkeypatch: pytest.MonkeyPatch) -> None:
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, keras.layers.Conv2D(4, 3)(image))
    monkeypatch.setattr("ml.batch_size.on_gpu", lambda: False)
    assert (fitting_batch_size(model, gradients=False), fitting_batch_size(model, gradients=True)) == (16, 32)


def test_what_fits_a_gpu_is_a_power_of_two_that_shrinks_with_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    image = keras.Input((64, 64, 3))
    small = keras.Model(image, keras.layers.Conv2D(4, 3)(image))
    large = keras.Model(image, keras.layers.Conv2D(400, 3)(image))
    needed = activation_bytes(large, gradients=True)
    assert needed > activation_bytes(large, gradients=False) > activation_bytes(small, gradients=False)
    monkeypatch.setattr("ml.batch_size.on_gpu", lambda: True)
    monkeypatch.setattr("ml.batch_size.memory_bytes", lambda: 4 * 5 * needed)
    assert fitting_batch_size(large, gradients=True) == 4
    assert fitting_batch_size(small, gradients=True) == 256
    monkeypatch.setattr("ml.batch_size.memory_bytes", lambda: 1)
    assert fitting_batch_size(large, gradients=True) == 1
