from __future__ import annotations

from pathlib import Path

import pytest

from api.first_key import main


@pytest.mark.parametrize("name", ["", "a\nb", "a" * 101])
def test_a_name_that_no_key_can_have_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv("FLORESCOPE_STORE_URL", tmp_path.as_uri())
    with pytest.raises(SystemExit, match="expected a name in one line"):
        main([name])


def test_the_first_key_is_an_admins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FLORESCOPE_STORE_URL", tmp_path.as_uri())
    assert main(["anna"]).startswith("fsk_")
