from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import InvalidSpec
from jobs.plan import Plan, Stage, shards, shards_over, split_bounds, stages
from ml.data.example import DatasetDescription, resolve_split


@given(
    start=st.integers(0, 1000),
    size=st.integers(1, 3000),
    shard_size=st.one_of(st.none(), st.integers(1, 500)),
)
def test_shards_are_a_partition(start: int, size: int, shard_size: int | None) -> None:
    cut = shards(start, start + size, size=shard_size)
    images = [index for shard in cut for index in range(shard.start, shard.stop)]
    assert images == list(range(start, start + size))
    assert len({shard.step for shard in cut}) == len(cut)
    assert sorted(shard.step for shard in cut) == [shard.step for shard in cut]


def test_stages_of_a_plan_come_after_its_shards() -> None:
    looks = stages("training", "train", 10, 35, size=10)
    assert [(stage.step, stage.start, stage.stop, stage.split) for stage in looks] == [
        ("training-00000", 10, 20, "train"),
        ("training-00001", 20, 30, "train"),
        ("training-00002", 30, 35, "train"),
    ]
    plan = Plan(
        job_id="a",
        kind="audit",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        total=31,
        unit="images",
        shards=shards(0, 6, size=5),
        stages=(*looks, Stage(step="findings")),
    )
    assert plan.steps == (*("shard-00000", "shard-00001"), *(stage.step for stage in looks), "findings")
    assert plan.stage("training-00002").size == 5
    assert plan.stage("findings").size == 0


@pytest.mark.parametrize(
    ("split", "bounds"),
    [
        ("test", ("test", 0, 100)),
        ("test[10:20]", ("test", 10, 20)),
        ("test[:64]", ("test", 0, 64)),
        ("test[90:]", ("test", 90, 100)),
        ("test[90:200]", ("test", 90, 100)),
        ("test[0%:80%]", ("test", 0, 80)),
        ("test[80%:]", ("test", 80, 100)),
        ("train[:50%]", ("train", 0, 2)),
        ("train[50%:]", ("train", 2, 5)),
    ],
)
def test_a_split_may_be_sliced(split: str, bounds: tuple[str, int, int]) -> None:
    assert split_bounds(split, sizes={"train": 5, "test": 100}) == bounds


@given(
    st.sampled_from(["", "0", "7", "99", "100", "10%", "33%"]),
    st.sampled_from(["", "1", "64", "100", "300", "50%", "100%", "120%"]),
)
def test_training_reads_the_images_that_a_slice_means_everywhere(low: str, high: str) -> None:
    described = DatasetDescription("drawn", ("a", "b"), {"test": 100}, has_masks=False)
    split = f"test[{low}:{high}]"
    try:
        name, start, stop = split_bounds(split, sizes=described.splits)
    except InvalidSpec:
        return
    assert resolve_split(described, split) == (name, range(start, stop))


def test_an_unknown_split_is_refused_with_those_that_exist() -> None:
    with pytest.raises(InvalidSpec, match="'holdout' does not exist: there are train, test"):
        split_bounds("holdout", sizes={"train": 5, "test": 100})


def test_an_empty_slice_is_refused() -> None:
    with pytest.raises(InvalidSpec, match="holds no image"):
        split_bounds("test[100:]", sizes={"test": 100})


@given(st.sets(st.integers(0, 300)), st.integers(1, 64))
def test_shards_over_indices_hold_each_of_them_once_and_nothing_else(indices: set[int], size: int) -> None:
    made = shards_over(sorted(indices), size=size)
    held = [index for shard in made for index in range(shard.start, shard.stop)]
    assert held == sorted(indices)
    assert all(shard.size <= size for shard in made)
    assert len({shard.step for shard in made}) == len(made)


def test_neighbours_share_a_shard() -> None:
    made = shards_over([3, 4, 5, 9], size=64)
    assert [(shard.start, shard.stop) for shard in made] == [(3, 6), (9, 10)]
