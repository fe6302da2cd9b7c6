from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.data.batches import LabelledArrays, batches, batches_of, in_memory
from ml.data.example import Example
from ml.errors import MlError
from ml.evaluation.accuracy import evaluate
from ml.training.randomness import shuffled

CLASSES = 4


def labelled(count: int) -> LabelledArrays:
    rng = np.random.default_rng(count)
    return LabelledArrays(
        rng.normal(size=(count, 6)).astype(np.float32), rng.integers(0, CLASSES, count).astype(np.int32)
    )


def examples(count: int, *, broken: int | None = None) -> Iterator[Example]:
    for index in range(count):
        image = None if index == broken else np.full((9, 7, 3), index, np.uint8)
        yield Example(f"image-{index}", index, index % CLASSES, image)


def scores(inputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return inputs[:, :CLASSES] * 3


@settings(deadline=None)
@given(count=st.integers(1, 40), batch_size=st.integers(1, 50), seed=st.integers(0, 5), epoch=st.integers(1, 5))
def test_every_image_counts_exactly_once_in_batches_of_one_shape(
    count: int, batch_size: int, seed: int, epoch: int
) -> None:
    data = LabelledArrays(np.arange(count, dtype=np.float32)[:, None], np.arange(count, dtype=np.int32))
    made = list(batches(data, batch_size, order=shuffled(count, seed=seed, epoch=epoch)))
    assert {batch.inputs.shape for batch in made} == {(batch_size, 1)}
    counted = np.concatenate([batch.labels[batch.weights > 0] for batch in made])
    assert sorted(counted) == list(range(count))
    assert sum(batch.images for batch in made) == count
    for batch in made:
        assert np.array_equal(batch.inputs[:, 0], batch.labels)


@given(count=st.integers(0, 100), seed=st.integers(0, 99), epoch=st.integers(0, 99))
def test_an_epochs_order_is_a_permutation_that_seed_and_epoch_fix(count: int, seed: int, epoch: int) -> None:
    order = shuffled(count, seed=seed, epoch=epoch)
    assert sorted(order) == list(range(count))
    assert np.array_equal(order, shuffled(count, seed=seed, epoch=epoch))


def test_another_epoch_has_another_order() -> None:
    assert not np.array_equal(shuffled(50, seed=0, epoch=1), shuffled(50, seed=0, epoch=2))
    assert not np.array_equal(shuffled(50, seed=0, epoch=1), shuffled(50, seed=1, epoch=1))


@pytest.mark.parametrize("batch_size", [1, 3, 7, 23, 64])
def test_loss_and_accuracy_do_not_depend_on_the_batch_size(batch_size: int) -> None:
    data = labelled(23)
    found = evaluate(scores, batches(data, batch_size))
    whole = evaluate(scores, batches(data, 23))
    assert found.images == 23
    assert found.loss == pytest.approx(whole.loss)
    assert found.accuracy == pytest.approx(whole.accuracy)


def test_examples_are_batched_as_they_come_and_the_last_batch_is_filled_up() -> None:
    made = list(batches_of(examples(5), 2, image_size=4))
    assert [batch.images for batch in made] == [2, 2, 1]
    assert {batch.inputs.shape for batch in made} == {(2, 4, 4, 3)}
    assert [int(image[0, 0, 0]) for batch in made for image in batch.inputs[batch.weights > 0]] == [0, 1, 2, 3, 4]
    assert list(made[-1].weights) == [1, 0]


def test_no_examples_make_no_batch() -> None:
    assert list(batches_of(examples(0), 2, image_size=4)) == []


def test_a_split_in_memory_holds_what_was_usable() -> None:
    kept = in_memory(examples(3), 5, image_size=4)
    assert kept.inputs.shape == (3, 4, 4, 3)
    assert kept.inputs.dtype == np.uint8
    assert list(kept.labels) == [0, 1, 2]


def test_a_split_that_does_not_fit_into_memory_is_refused_before_it_is_read() -> None:
    with pytest.raises(MlError, match="choose a smaller image_size, or a slice"):
        in_memory(examples(1), 2_000_000, image_size=224)


def test_a_broken_example_must_be_left_out_first() -> None:
    with pytest.raises(ValueError, match="image-1 has no image"):
        list(batches_of(examples(3, broken=1), 2, image_size=4))


def test_there_must_be_something_to_evaluate() -> None:
    with pytest.raises(MlError, match="not one usable image"):
        evaluate(scores, [])
