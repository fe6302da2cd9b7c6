"""What the client raises; every message says what to do about it."""

from __future__ import annotations


class FlorescopeError(Exception):
    """Anything that the client raises on purpose; the message may have several lines."""


class InvalidAddress(FlorescopeError, ValueError):
    """What was given as the address of an API is none."""


class InvalidIdentity(FlorescopeError, ValueError):
    """What was given as an API key or as the name of a project can be neither."""


class ApiUnreachable(FlorescopeError):
    """The API does not answer, or answers with a server error, or something else answers at its address."""


class Refused(FlorescopeError):
    """The API refused the request; the message is its reason, with a line for each field.

    Attributes:
        status: of the answer, such as 422.
        retry_after_s: in how many seconds the same may be taken; None where the API does not say so.
    """

    def __init__(self, message: str, *, status: int = 400, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after_s = retry_after_s


class NotFound(Refused):
    """There is no such job, model, image or file."""

    def __init__(self, message: str) -> None:
        super().__init__(message, status=404)


class PictureRefused(Refused):
    """The API refused one picture; others may be taken."""


class AmbiguousId(FlorescopeError):
    """The beginning of an id fits several jobs."""


class JobFailed(FlorescopeError):
    """The job that was waited for failed, or was cancelled."""


class WaitTimeout(FlorescopeError, TimeoutError):
    """The job that was waited for is not over; it goes on."""


class DownloadIncomplete(FlorescopeError):
    """Some files could not be downloaded, or have the wrong contents."""


class UnsafeName(DownloadIncomplete):
    """The name of a file is not safe inside the folder that it should go to."""


class NoSuchTable(FlorescopeError):
    """The job has no table of results, or none yet."""


class MissingPackage(FlorescopeError, ImportError):
    """An optional package is not installed; the message says which."""
