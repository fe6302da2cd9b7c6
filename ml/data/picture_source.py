"""Defines what a data set must offer whose pictures the caller supplies: a folder, shards, one of several labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ml.data.example import DatasetDescription, Example
from ml.data.image_size import ImageSize


class PictureSource(Protocol):
    """Labelled pictures in a fixed order, read slice by slice."""

    @property
    def description(self) -> DatasetDescription:
        """Its name, classes and splits.

        Raises:
            MlError: it cannot be read.
        """
        ...

    @property
    def fixed(self) -> bool:
        """Whether pictures never change while name and version of the data set stay."""
        ...

    def read(
        self, split: str, *, start: int = 0, stop: int | None = None, image_size: ImageSize | None = None
    ) -> Iterator[Example]:
        """The pictures ``split[start:stop]`` in order; see ``ml.data.datasets.read``."""
        ...

    def identify(self, split: str, index: int) -> Example:
        """One example without its picture; see ``ml.data.datasets.identify``."""
        ...

    def one_at_a_time(self) -> PictureSource:
        """The same pictures, of which none is read ahead."""
        ...
