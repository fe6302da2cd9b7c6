"""Pictures are shuffled by a stated seed, and every slice of them holds all classes in their shares."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from jobs.listings.stratified_order import stratified_order

SIZES = st.dictionaries(st.sampled_from(["rose", "tulip", "daisy", "oak", None]), st.integers(1, 40), min_size=1)


def named(sizes: dict[str | None, int]) -> dict[str, str | None]:
    return {f"{name}/{number}.jpg": name for name, size in sizes.items() for number in range(size)}


@given(SIZES, st.integers(0, 5))
def test_each_name_comes_once_and_the_order_follows_from_the_seed_alone(
    sizes: dict[str | None, int], seed: int
) -> None:
    classes = named(sizes)
    found = stratified_order(classes, seed=seed)
    assert sorted(found) == sorted(classes)
    assert stratified_order(dict(reversed(classes.items())), seed=seed) == found


@given(st.integers(1, 8), st.integers(1, 30), st.data())
def test_a_slice_of_equal_classes_holds_each_as_often_as_the_others(kinds: int, each: int, data: st.DataObject) -> None:
    classes = named({f"class {kind}": each for kind in range(kinds)})
    found = stratified_order(classes, seed=0)
    start = data.draw(st.integers(0, len(found) - 1))
    stop = data.draw(st.integers(start + 1, len(found)))
    counts = Counter(classes[name] for name in found[start:stop])
    held = [counts[f"class {kind}"] for kind in range(kinds)]
    assert max(held) - min(held) <= (1 if start == 0 else 2)


@given(SIZES)
def test_a_class_is_spread_over_the_whole_list(sizes: dict[str | None, int]) -> None:
    classes = named(sizes)
    order = [classes[name] for name in stratified_order(classes, seed=0)]
    for name, size in sizes.items():
        held = list(accumulate(int(each == name) for each in order))
        expected = [size * (place + 1) / len(order) for place in range(len(order))]
        slack = 1 + len(sizes) * size / len(order)
        assert all(abs(found - wanted) <= slack for found, wanted in zip(held, expected, strict=True))


def test_the_order_is_that_of_every_release() -> None:
    classes = named({"rose": 3, "tulip": 2, None: 1})
    assert stratified_order(classes, seed=0) == ORDER
    assert stratified_order(classes, seed=1) != ORDER


ORDER = ["rose/2.jpg", "None/0.jpg", "tulip/1.jpg", "rose/0.jpg", "rose/1.jpg", "tulip/0.jpg"]
