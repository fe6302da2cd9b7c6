"""What `make install` puts where Python looks for modules."""

from __future__ import annotations

from importlib.metadata import files


def test_an_editable_installation_holds_no_copy_of_a_module() -> None:
    installed = files("florescope")
    assert installed is not None
    assert [file for file in installed if file.suffix == ".py"] == []
