"""The same name twice: the later picture is told apart, and no name is read twice."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from ml.data.file_names import FileNames


@given(
    st.lists(st.sampled_from(["a", "b", "a-0000001", "a-0000002", "a-0000001-0000002"]), max_size=12),
    st.lists(st.integers(0, 12)),
)
def test_ids_are_unique_and_do_not_depend_on_how_far_was_looked(names: list[str], stops: list[int]) -> None:
    def looked(*stops: int) -> list[str]:
        found = FileNames()
        for stop in stops:
            found.read_until(min(stop, len(names)), lambda missing: (names[index] for index in missing))
        return [found.image_id(index, name) for index, name in enumerate(names)]

    ids = looked(*stops, len(names))
    assert ids == looked(len(names))
    assert len(set(ids)) == len(ids)


def test_what_was_looked_at_is_not_read_again_even_if_reading_broke_off() -> None:
    read: list[int] = []

    def names(missing: range) -> Iterator[str]:
        for index in missing:
            read.append(index)
            yield f"{index}.jpg"
            if index == 1 and len(read) == 2:
                raise OSError("the disk went away")

    found = FileNames()
    try:
        found.read_until(4, names)
    except OSError:
        found.read_until(4, names)
    found.read_until(3, names)
    assert read == [0, 1, 2, 3]
