"""The settings that starting a stack needs."""

from __future__ import annotations

from pydantic import ValidationError

from cli.errors import Usage
from settings import Settings

# The workers end their children within their own grace; what supervises them waits a little longer.
EXTRA_GRACE_S = 10.0


def read_settings() -> Settings:
    """Settings from the environment.

    Raises:
        Usage: one of them is not valid; names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        name = f"FLORESCOPE_{field.upper()}" if field in Settings.model_fields else field
        raise Usage(f"{name} in the environment is {first['input']!r}: {first['msg']}") from error


def stop_grace_s(settings: Settings) -> float:
    """How long to wait for children that were asked to stop, seconds."""
    return settings.stop_grace_s + EXTRA_GRACE_S
