"""Defines the base of all specifications, with the properties of each kind of job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field

from jobs.notice.channel import MOST_CHANNELS, ChannelName
from jobs.specs.needs import Needs
from jobs.value import Value

Queue = Literal["train", "explain", "interactive", "light"]


@dataclass(frozen=True)
class Example:
    """An example specification: a summary, and the JSON document to submit."""

    summary: str
    document: Mapping[str, Any]


class JobSpec(Value):
    """The specification of one job.

    Attributes:
        example: for the documentation of the API.
        queue: the queue of the one step of such a job; shards of images use ``explain``, few of them ``interactive``.
        makes_model: whether the job makes a model, so that other jobs may refer to it as ``job:<id>``.
        retryable: whether another job can explain the failed images again.
        notify: channels of the project that are told when the job is over, besides those that are told of every job.
        leaves_when_paused: whether a step under way stops when its job is paused, since it goes on where it was; other
            steps are short, and end.
        waiting_step: the step of a job's parent that waits for its end; nothing where such jobs have no parent.
    """

    example: ClassVar[Example]
    queue: ClassVar[Queue] = "explain"
    makes_model: ClassVar[bool] = False
    retryable: ClassVar[bool] = False
    leaves_when_paused: ClassVar[bool] = False
    waiting_step: ClassVar[str] = ""

    notify: Annotated[tuple[ChannelName, ...], Field(max_length=MOST_CHANNELS)] = ()

    @classmethod
    def kind_name(cls) -> str:
        """The value of the field ``kind``, which distinguishes the kinds of job."""
        return str(get_args(cls.model_fields["kind"].annotation)[0])

    def needs(self) -> Needs:
        """What must exist before the job can start."""
        return Needs()

    @property
    def awaited(self) -> tuple[str, ...]:
        """Ids of the jobs that must have ended before this one is planned."""
        return ()

    def check_methods(self, *, where: str = "here") -> None:
        """Check whether the methods of explanation that the specification names can be had in this process.

        Raises:
            InvalidSpec: one cannot.
        """

    @property
    def question(self) -> str:
        """What the results of the job answer, in words; nothing for most kinds of job."""
        return ""

    def check_results(self, jobs: Mapping[str, JobSpec]) -> None:
        """Check whether the jobs whose results are needed, by the field that names each, are such as can be used.

        Raises:
            InvalidSpec: they are not.
        """

    def check_classes(self, class_names: Sequence[str], *, model: str) -> None:
        """Check whether a model with these classes fits the specification.

        Raises:
            InvalidSpec: it does not.
        """
