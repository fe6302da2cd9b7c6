"""Plans the steps of a job; they follow from its spec and the size of its data set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from pydantic import Field

from jobs.errors import Corrupt, InvalidSpec
from jobs.models.model import PublishedModel
from jobs.names.near_name import did_you_mean
from jobs.value import Document, Value

PLAN = "plan"
FINALIZE = "finalize"
DEFAULT_SHARD_SIZE = 64


class Shard(Value):
    """A slice ``[start, stop)`` of the split, in its stored order."""

    step: str
    start: int = Field(ge=0)
    stop: int = Field(gt=0)

    @property
    def size(self) -> int:
        """Number of images."""
        return self.stop - self.start


class Stage(Value):
    """A step that leaves no row for an image of the job: it works on what other steps left, or on another split.

    Attributes:
        split: the other split, of which it looks at the images ``[start, stop)``; None: at none.
    """

    step: str
    split: str | None = None
    start: int = Field(default=0, ge=0)
    stop: int = Field(default=0, ge=0)

    @property
    def size(self) -> int:
        """Number of images."""
        return self.stop - self.start


class Plan(Document):
    """The steps of a job, fixed before the first one starts.

    Attributes:
        total: units of work: images to explain, epochs to train, trials of a sweep.
        shards: a partition of the images; empty where the job is one step, which is then named after its kind.
        stages: further steps, each of which may wait for any before it.
        model: the model that the job uses, as it was when the job was planned.
        baseline: the model that it is compared with, if any.
        labels_left_out: why the data set's labels are not used with this model; empty if they are.
        replaced: of a retry, how many of its pictures are others than in the job that it retries.
        spelling: how names of classes that are taken for the same are spelt differently; empty if they are not.
    """

    job_id: str
    kind: str
    created_at: datetime
    total: int
    unit: str
    shards: tuple[Shard, ...] = ()
    stages: tuple[Stage, ...] = ()
    split: str | None = None
    model: PublishedModel | None = None
    baseline: PublishedModel | None = None
    labels_left_out: str = ""
    spelling: str = ""
    replaced: int | None = None

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of all steps between planning and finalizing."""
        return tuple(part.step for part in self.parts) or (self.kind,)

    @property
    def parts(self) -> tuple[Shard | Stage, ...]:
        """Shards, then stages."""
        return (*self.shards, *self.stages)

    @property
    def slices(self) -> tuple[tuple[int, int], ...]:
        """Start and stop of each shard."""
        return tuple((shard.start, shard.stop) for shard in self.shards)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the model's classes, by label; none of a job that uses no model."""
        return self.model.class_names if self.model else ()

    @property
    def used_model(self) -> PublishedModel:
        """The model, of a job that uses one.

        Raises:
            Corrupt: the plan names none.
        """
        if self.model is None:
            raise Corrupt(f"the plan of job {self.job_id} names no model")
        return self.model

    def shard(self, step: str) -> Shard:
        """The shard with this name.

        Raises:
            KeyError: no such step.
        """
        found = next((shard for shard in self.shards if shard.step == step), None)
        if found is None:
            raise KeyError(step)
        return found

    def stage(self, step: str) -> Stage:
        """The stage with this name.

        Raises:
            KeyError: no such step.
        """
        found = next((stage for stage in self.stages if stage.step == step), None)
        if found is None:
            raise KeyError(step)
        return found


def stages(name: str, split: str, start: int, stop: int, *, size: int) -> tuple[Stage, ...]:
    """Cut ``[start, stop)`` of another split into stages ``<name>-00000`` and so on, of at most ``size`` images."""
    return tuple(
        Stage(step=f"{name}-{number:05d}", split=split, start=low, stop=min(low + size, stop))
        for number, low in enumerate(range(start, stop, size))
    )


def shards(start: int, stop: int, *, size: int | None = None) -> tuple[Shard, ...]:
    """Cut ``[start, stop)`` into consecutive slices of at most ``size`` images."""
    step_size = size or DEFAULT_SHARD_SIZE
    bounds = range(start, stop, step_size)
    return tuple(
        Shard(step=f"shard-{number:05d}", start=low, stop=min(low + step_size, stop))
        for number, low in enumerate(bounds)
    )


def shards_over(indices: Iterable[int], *, size: int | None = None) -> tuple[Shard, ...]:
    """Cut the runs of consecutive ``indices`` (ascending) into slices of at most ``size`` images."""
    slices: list[tuple[int, int]] = []
    for index in indices:
        start, stop = slices[-1] if slices else (index, -1)
        if stop == index and stop - start < (size or DEFAULT_SHARD_SIZE):
            slices[-1] = (start, index + 1)
        else:
            slices.append((index, index + 1))
    return tuple(Shard(step=f"shard-{number:05d}", start=low, stop=high) for number, (low, high) in enumerate(slices))


def split_bounds(
    split: str, *, sizes: Mapping[str, int], dataset: str = "", field: str = "split"
) -> tuple[str, int, int]:
    """Resolve ``test``, ``test[128:192]`` or ``test[0%:80%]`` to a split's name, start and stop.

    Args:
        split: the name, or the slice.
        sizes: images per split of the data set.
        dataset: its name, for the message that says what is wrong.
        field: the field of the specification that names the split, likewise.

    Raises:
        InvalidSpec: no such split, or the slice holds no image.
    """
    of = f"{dataset}: " if dataset else ""
    name, _, window = split.partition("[")
    if name not in sizes:
        raise InvalidSpec(
            f"{of}split {name!r} does not exist: there are {', '.join(sizes)}{did_you_mean(name, sizes, cutoff=0.6)}",
            field=field,
        )
    low, _, high = window.removesuffix("]").partition(":")
    start, stop = _place(low or "0", sizes[name]), min(_place(high or "100%", sizes[name]), sizes[name])
    if start >= stop:
        raise InvalidSpec(f"{of}split {split!r} holds no image: {name} has {sizes[name]}", field=field)
    return name, start, stop


def _place(text: str, size: int) -> int:
    """A number of images, or a share of all of them, rounded down: adjoining shares leave no image out."""
    return size * int(text[:-1]) // 100 if text.endswith("%") else int(text)
