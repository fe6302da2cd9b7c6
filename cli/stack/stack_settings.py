"""Reads the settings that are needed to start a stack."""

from __future__ import annotations

from pydantic import ValidationError

from cli.errors import Usage
from settings import Settings

# Workers end their children within their own grace period; the supervisor waits a little longer.
EXTRA_GRACE_S = 10.0


def read_settings() -> Settings:
    """Settings from the environment.

    Raises:
        Usage: a setting is not valid; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        name = f"FLORESCOPE_{field.upper()}" if field in Settings.model_fields else field
        raise Usage(f"{name} in the environment is {first['input']!r}: {first['msg']}") from error


def stop_grace_s(settings: Settings) -> float:
    """How many seconds to wait for services to stop."""
    return settings.stop_grace_s + EXTRA_GRACE_S
