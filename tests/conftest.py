"""What holds for all tests."""

from __future__ import annotations

import gc

import pytest
import structlog
from hypothesis import settings
from xdist.remote import Producer

from tests import fast_run, sharing
from tests.later_modules import TENSORFLOW, import_later, load_tensorflow, tensorflow_is_loaded

for name in TENSORFLOW:
    import_later(name)

# No test is about speed: on a busy machine an example takes as long as it takes.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

# Standard output is what a command says. Structured logs go where pytest keeps the logs of each test.
structlog.configure(
    processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer(key_order=["event"])],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
)

LOADED_WHILE_COLLECTING = pytest.StashKey[bool]()
COMPUTES = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options ``--images`` and ``--fast``."""
    parser.addoption("--images", action="store_true", help="build the images, and test what is started from them")
    parser.addoption("--fast", action="store_true", help="skip tests where they load TensorFlow or start a process")


def pytest_configure(config: pytest.Config) -> None:
    """Make the run a fast one if ``--fast`` was given."""
    if config.option.fast:
        fast_run.begin(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note whether a test computes with TensorFlow, and put the long modules first."""
    config.stash[LOADED_WHILE_COLLECTING] = tensorflow_is_loaded()
    config.stash[COMPUTES] = not config.option.fast and any(map(sharing.computes, items))
    sharing.sort(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> sharing.ByModule:
    """Have pytest-xdist keep the tests of a module in one process."""
    return sharing.ByModule(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Load TensorFlow before the first test if any uses it: an import in a thread, or one that fails, half loads it."""
    if session.config.stash.get(COMPUTES, False) and not session.config.option.collectonly:
        load_tensorflow()
        gc.freeze()  # its 400,000 objects stay; each look for garbage would go through them
