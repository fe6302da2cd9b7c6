"""Reads the settings that are needed to start a stack."""

from __future__ import annotations

from cli.errors import Usage
from settings import Settings, told

# Workers end their children within their own grace period; the supervisor waits a little longer.
EXTRA_GRACE_S = 10.0


def read_settings() -> Settings:
    """Settings from the environment.

    Raises:
        Usage: a setting, or its file, is of no use; the message names it.
    """
    try:
        return Settings()
    except (OSError, ValueError) as error:
        raise Usage(told(error)) from error


def stop_grace_s(settings: Settings) -> float:
    """How many seconds to wait for services to stop."""
    return settings.stop_grace_s + EXTRA_GRACE_S
