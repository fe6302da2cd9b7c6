"""The base of all specifications: what a kind of job says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, get_args

from jobs.specs.needs import Needs
from jobs.value import Value

Queue = Literal["train", "explain", "light"]


@dataclass(frozen=True)
class Example:
    """A specification that shows what can be asked for: what it does, and the document that is sent."""

    summary: str
    document: Mapping[str, Any]


class JobSpec(Value):
    """What is asked of one job.

    Attributes:
        example: for people who write their first request.
        queue: where the one step of such a job waits; shards of images always wait in ``explain``.
        makes_model: whether the job leaves a model, so that others may name it as ``job:<id>``.
        retryable: whether the images that failed can be taken up again by another job.
    """

    example: ClassVar[Example]
    queue: ClassVar[Queue] = "explain"
    makes_model: ClassVar[bool] = False
    retryable: ClassVar[bool] = False

    @classmethod
    def kind_name(cls) -> str:
        """The value of the field ``kind``, by which the kinds of job are told apart."""
        return str(get_args(cls.model_fields["kind"].annotation)[0])

    def needs(self) -> Needs:
        """What must be there before the job can begin."""
        return Needs()

    def check_classes(self, classes: int, *, model: str) -> None:
        """See whether a model with so many classes will do.

        Raises:
            InvalidSpec: it will not.
        """
