"""Functions are lowered in the precision that is asked for, and their variables become arguments."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from bench.gpu.exporting.lowered import lowered, require_precision

ROWS = np.ones((2, 3), np.float32)
EXACT = "%1 = stablehlo.dot %0, %w, precision = [HIGHEST, HIGHEST] : (tensor<2x3xf32>, tensor<3x1xf32>)"
ALLOWED = "%1 = stablehlo.convolution(%0, %w) : (tensor<2x3xf32>, tensor<3x1xf32>) -> tensor<2x1xf32>"


def test_tensorflow_says_in_each_product_whether_tensor_float_32_may_stand_for_float32() -> None:
    weights = tf.Variable([[1.0], [2.0], [3.0]])
    for precision in ("float32", "tf32"):  # lowered() refuses what it finds in another precision
        assert lowered(lambda rows: tf.matmul(rows, weights), [ROWS], precision).serialized
    assert tf.config.experimental.tensor_float_32_execution_enabled()


@pytest.mark.parametrize(("text", "precision"), [(ALLOWED, "float32"), (EXACT, "tf32"), (EXACT, "bfloat16")])
def test_a_function_in_another_precision_is_refused(text: str, precision: str) -> None:
    with pytest.raises(ValueError, match=f"expected {precision}"):
        require_precision(text, precision)  # type: ignore[arg-type]


def test_a_function_without_products_is_refused() -> None:
    with pytest.raises(ValueError, match="0 products"):
        require_precision("%1 = stablehlo.add %0, %0 : tensor<2xf32>", "float32")


def test_variables_follow_the_arguments_and_those_that_change_are_named() -> None:
    kept, changed = tf.Variable([[1.0], [2.0], [3.0]]), tf.Variable([5.0])

    def compute(rows: tf.Tensor) -> tf.Tensor:
        result = tf.matmul(rows, kept) + changed
        changed.assign_add([1.0])
        return result

    found = lowered(compute, [ROWS], "float32")
    assert [values.tolist() for values in found.variables] == [[[1.0], [2.0], [3.0]], [5.0]]
    assert found.updated == (2,)
    assert changed.numpy().tolist() == [5.0]  # it was lowered, not run
