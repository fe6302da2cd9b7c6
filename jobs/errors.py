"""What can go wrong with a job, as one small tree.

``Retryable`` may pass by itself, ``Permanent`` will not, ``InvalidSpec`` is the caller's to mend. Adapters
translate their vendor's errors into these, so that nobody else needs to know the vendor.
"""

from __future__ import annotations


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


class NewerVersion(Retryable):
    """A later release wrote this document: a worker or an API of that release can read it."""


class ObjectNotFound(Permanent):
    """No object lies under this key."""


class ObjectExists(Permanent):
    """An object already lies under this key, and the put was asked not to replace it."""


class Corrupt(Permanent):
    """Stored bytes are not what their checksum or their schema says."""
