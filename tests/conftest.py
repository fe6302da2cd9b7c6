"""What holds for all tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests import fast_run, sharing
from tests.later_modules import TENSORFLOW, import_later, load_tensorflow, tensorflow_is_loaded

for name in TENSORFLOW:
    import_later(name)

# No test is about speed: on a busy machine an example takes as long as it takes.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

LOADED_WHILE_COLLECTING = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """One more."""
    parser.addoption("--fast", action="store_true", help="skip tests where they load TensorFlow or start a process")


def pytest_configure(config: pytest.Config) -> None:
    """Obey it."""
    if config.option.fast:
        fast_run.begin(config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Say which tests stay together where several processes share them, and which come first."""
    config.stash[LOADED_WHILE_COLLECTING] = tensorflow_is_loaded()
    sharing.arrange(items)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Load TensorFlow in the main thread, before a test whose threads would."""
    if sharing.computes(item) and not item.config.option.fast:
        load_tensorflow()
