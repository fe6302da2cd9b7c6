"""Lists what files hold that hold many pictures each: tar shards of WebDataset, and tables in Parquet."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.value import Value


class TarMember(Value):
    """A picture in a tar file.

    Attributes:
        file: the path of the tar file within the data set.
        offset: where the picture's bytes begin in it.
        class_name: what its sample says it is, a name or a number; None where it says nothing.
        problem: why it cannot be read, as far as that was found out when it was listed.
    """

    file: str
    offset: int
    class_name: str | None = None
    problem: str = ""


class ListedTable(Value):
    """A Parquet file.

    Attributes:
        path: within the data set.
        size: in bytes.
        rows: pictures in it; 1 where it cannot be read, so that this becomes an error of one image.
        problem: why it cannot be read.
    """

    path: str
    size: int
    rows: int
    problem: str = ""

    def as_now(self, tables: Sequence[ListedTable]) -> ListedTable:
        """The same file as it is among these; as it was where it is not, and with a problem where its rows moved."""
        now = next((each for each in tables if each.path == self.path), self)
        if now.rows == self.rows:
            return now
        before = "could not be read" if self.problem else f"had {self.rows} rows"
        moved = f"the file {before} when the job was planned, and has {now.rows} now: submit a new job for it"
        return self.model_copy(update={"size": now.size, "problem": now.problem or moved})


class TableColumns(Value):
    """The columns of all tables that matter.

    Attributes:
        image: holds the pictures.
        label: holds the labels; None where none does.
        values: what stands in the label column for each class, in label order: names, or numbers as text.
        class_names: of these classes; numbers as text where they have no names.
    """

    image: str
    label: str | None = None
    values: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
