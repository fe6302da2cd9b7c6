"""Remembers which job was submitted last to an API from here: what ``@last`` means."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

from cli.errors import Usage

LAST = "@last"


def remember(url: str, job_id: str) -> None:
    """Make this the last job of the API at ``url``.

    Raises:
        OSError: the user's folder cannot be written.
    """
    path = _path(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f"{path.name}.{os.getpid()}")
    written.write_text(json.dumps({"url": url, "job": job_id}) + "\n", encoding="utf-8")
    written.replace(path)  # commands may run at the same time


def last_job(url: str) -> str:
    """The id of the job that was submitted last to the API at ``url``.

    Raises:
        Usage: none was, or what is kept of it cannot be read.
    """
    path = _path(url)
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["job"])
    except FileNotFoundError as error:
        raise Usage(
            f"{LAST}: no job was submitted from here to {url} yet; florescope jobs lists those there are"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Usage(f"{LAST}: {path} cannot be read: {error}; name the job by its id") from error


def _path(url: str) -> Path:
    return _state_folder() / "florescope" / "last-jobs" / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.json"


def _state_folder() -> Path:
    """Where programs of this user keep what they must remember, as the XDG specification and Windows have it."""
    variable = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_STATE_HOME"
    folder = os.environ.get(variable, "")  # noqa: TID251  (of the desktop, no setting of Florescope)
    return Path(folder) if Path(folder).is_absolute() else Path.home() / ".local" / "state"
