from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from florescope.download.save_answer import save_answer
from florescope.errors import ApiUnreachable
from florescope.http.connection import Connection

ADDRESS = "/v1/jobs/j1/artifacts/a.txt"


def test_an_answer_that_breaks_off_leaves_what_was_there(api: Any, tmp_path: Path) -> None:
    api.files, api.break_off_after = {"a.txt": b"all of it"}, 3
    path = tmp_path / "saved.txt"
    path.write_bytes(b"before")
    with closing(Connection(api.url)) as connection:
        with pytest.raises(ApiUnreachable):
            save_answer(connection, ADDRESS, path)
        assert [each.name for each in tmp_path.iterdir()] == ["saved.txt"]
        assert path.read_bytes() == b"before"
        save_answer(connection, ADDRESS, path)
    assert path.read_bytes() == b"all of it"


def test_a_file_that_cannot_be_there_leaves_no_part_of_it(api: Any, tmp_path: Path) -> None:
    api.files = {"a.txt": b"all of it"}
    (tmp_path / "saved").mkdir()
    with closing(Connection(api.url)) as connection, pytest.raises(IsADirectoryError):
        save_answer(connection, ADDRESS, tmp_path / "saved")
    assert [each.name for each in tmp_path.iterdir()] == ["saved"]
