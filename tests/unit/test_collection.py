"""What costs seconds is loaded when a test uses it, not when pytest looks which tests there are."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from tests.conftest import LOADED_WHILE_COLLECTING
from tests.later_modules import LaterModule, import_later


def test_collecting_the_tests_loads_no_tensorflow(pytestconfig: pytest.Config) -> None:
    assert not pytestconfig.stash[LOADED_WHILE_COLLECTING]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.delitem(sys.modules, "this", raising=False)
    import_later("this")
    return sys.modules["this"]


def test_a_module_loads_when_it_is_used_and_not_before(later: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    import this  # noqa: PLC0415

    assert this is later
    assert type(this) is LaterModule
    assert capsys.readouterr().out == ""
    assert this.d["A"] == "N"
    assert "Zen of Python" in capsys.readouterr().out
    assert type(this) is ModuleType


def test_keras_is_whole_once_it_is_loaded() -> None:
    import keras  # noqa: PLC0415

    assert all(hasattr(keras.src, name) for name in ("saving", "legacy"))
