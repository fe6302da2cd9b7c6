from __future__ import annotations

from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from florescope.download.safe_path import safe_path
from florescope.errors import UnsafeName
from store.key import is_legal_key


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../up", "a/../../up", "a//b", ".", "a/", "a\0b", "a\nb", "a\x1bb"]
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


@given(st.text(st.characters(exclude_categories=())))
def test_what_the_store_takes_can_be_fetched(name: str) -> None:
    if is_legal_key(f"jobs/{name}"):
        assert safe_path(Path("/nowhere"), name) == Path("/nowhere", name)


def test_a_name_that_is_a_path_on_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("florescope.download.safe_path.Path", PureWindowsPath)
    for name in ("a\\b", "C:x"):
        with pytest.raises(UnsafeName, match="not a safe file name"):
            safe_path(Path("/nowhere"), name)


@given(st.text(alphabet="ab./\\\0~:", max_size=12))
def test_whatever_is_accepted_stays_below_the_folder(name: str) -> None:
    folder = Path("/nowhere/folder")
    try:
        path = safe_path(folder, name)
    except UnsafeName:
        return
    assert path.resolve().is_relative_to(folder)
    assert path != folder
