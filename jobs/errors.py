"""The exceptions of a job, in one hierarchy.

After ``Retryable`` a later try may succeed, after ``Permanent`` it will not; ``InvalidSpec`` has to be fixed by the
caller. Adapters translate the errors of S3 and Redis into these, so that no other code depends on their libraries.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator


class JobError(Exception):
    """Base of all errors that this project raises on purpose."""


class Retryable(JobError):
    """The same step may succeed later: try again."""


class Permanent(JobError):
    """The same step will fail again: end the job and say why."""


class InvalidSpec(JobError):
    """The specification is not valid, or does not fit the data or the model.

    Attributes:
        field: dotted path of the field to correct, for example ``ig.tolerance``; empty for the whole spec.
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
    """A later release wrote this document; a worker or an API of that release can read it."""


class ObjectNotFound(Permanent):
    """There is no object with this key."""


class ObjectExists(Permanent):
    """An object with this key exists, and the put was not to replace it."""


class Corrupt(Permanent):
    """Stored bytes do not match their checksum or their schema."""


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
