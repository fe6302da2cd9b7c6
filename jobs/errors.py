"""What can go wrong with a job, as one small tree.

``Retryable`` may pass by itself, ``Permanent`` will not, ``InvalidSpec`` is the caller's to mend. Adapters
translate their vendor's errors into these, so that nobody else needs to know the vendor.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator


class JobError(Exception):
    """Anything that this project raises on purpose."""


class Retryable(JobError):
    """The same step may well succeed later: try again."""


class Permanent(JobError):
    """The same step will fail again: end the job and say why."""


class InvalidSpec(JobError):
    """What the user asked for cannot be done as asked.

    Attributes:
        field: dotted path of the field to mend, for example ``ig.tolerance``; empty for the whole spec.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class StoreUnavailable(Retryable):
    """The object store did not answer, refused to write, or is full."""


class BoardUnavailable(Retryable):
    """Redis (the broker and the live board) did not answer."""


class Exhausted(Retryable):
    """This machine has no room left for now: memory, disk, threads or open files."""


class NewerVersion(Retryable):
    """A later release wrote this document: a worker or an API of that release can read it."""


class ObjectNotFound(Permanent):
    """No object lies under this key."""


class ObjectExists(Permanent):
    """An object already lies under this key, and the put was asked not to replace it."""


class Corrupt(Permanent):
    """Stored bytes are not what their checksum or their schema says."""


EXHAUSTED = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
)
"""What the operating system says where a machine has no room left."""


def is_exhaustion(error: BaseException) -> bool:
    """Whether an error, or one that led to it, says that the machine has no room left for now."""
    return any(_says_exhausted(each) for each in with_causes(error))


def _says_exhausted(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in EXHAUSTED
    # What Python says where the system gives it no further thread; it has no class of its own.
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and "can't start new thread" in str(error)
    )


def with_causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what caused it, what caused that, and so on."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
