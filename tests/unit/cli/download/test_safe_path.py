from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.download.safe_path import UnsafeName, safe_path


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../up", "a/../../up", "a//b", ".", "a/", "a\\b", "a\0b", "a\nb", "a\x1bb"]
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafeName):
        safe_path(tmp_path, name)


def test_a_link_in_the_folder_is_not_followed_out_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(UnsafeName):
        safe_path(folder, "link/file")


@given(st.text(alphabet="ab./\\\0~:", max_size=12))
def test_whatever_is_accepted_stays_below_the_folder(name: str) -> None:
    folder = Path("/nowhere/folder")
    try:
        path = safe_path(folder, name)
    except UnsafeName:
        return
    assert path.resolve().is_relative_to(folder)
    assert path != folder
