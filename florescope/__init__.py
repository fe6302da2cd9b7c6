"""The Python client of a Florescope API: ``from florescope import Client``; see docs/python-client.md.

Names are imported when they are first used: whoever needs only the errors does not load the HTTP client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from florescope.errors import (
    AmbiguousId,
    ApiUnreachable,
    DownloadIncomplete,
    FlorescopeError,
    InvalidAddress,
    InvalidIdentity,
    JobFailed,
    MissingPackage,
    NoSuchTable,
    NotFound,
    Refused,
    WaitTimeout,
)
from jobs.state import JobState
from jobs.version import VERSION

if TYPE_CHECKING:
    from florescope.client import Client
    from florescope.image import Image
    from florescope.job import Job
    from florescope.job_view import JobView
    from florescope.log import LogLine
    from florescope.results import Results

__all__ = [
    "AmbiguousId",
    "ApiUnreachable",
    "Client",
    "DownloadIncomplete",
    "FlorescopeError",
    "Image",
    "InvalidAddress",
    "InvalidIdentity",
    "Job",
    "JobFailed",
    "JobState",
    "JobView",
    "LogLine",
    "MissingPackage",
    "NoSuchTable",
    "NotFound",
    "Refused",
    "Results",
    "WaitTimeout",
    "__version__",
]
__version__ = VERSION
_MODULES = {
    "Client": "florescope.client",
    "Image": "florescope.image",
    "Job": "florescope.job",
    "JobView": "florescope.job_view",
    "LogLine": "florescope.log",
    "Results": "florescope.results",
}


def __getattr__(name: str) -> object:
    """Import a name of the client when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module 'florescope' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
