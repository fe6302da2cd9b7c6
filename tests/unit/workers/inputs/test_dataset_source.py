"""Whatever a data set calls its pictures, their ids can be paths below a folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.names.file_name import name_problem
from ml.data.example import Example
from ml.data.file_names import FileNames
from workers.inputs import dataset_source
from workers.inputs.dataset_source import DatasetSource

NAMES = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["", "..", "a", "a-0000001", "/a", "a\n"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=1))
def test_ids_are_names_and_unique_and_the_same_when_identified(
    monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    found = FileNames()
    found.read_until(len(names), lambda missing: (names[index] for index in missing))

    def example(index: int) -> Example:
        return Example(found.image_id(index, names[index]), index, None, None)

    def read(*_: object, **__: Any) -> Iterator[Example]:
        return map(example, range(len(names)))

    monkeypatch.setattr(dataset_source, "read", read)
    monkeypatch.setattr(dataset_source, "identify", lambda _, __, index, **___: example(index))
    source = DatasetSource("any")
    ids = [one.image_id for one in source.read("test", start=0, stop=len(names))]
    assert [name_problem(image_id) for image_id in ids] == [None] * len(ids)
    assert len(set(ids)) == len(ids)
    assert [source.identify("test", index).image_id for index in range(len(ids))] == ids
