"""Writes tar files of WebDataset and Parquet files of Hugging Face's form, damaged ones and all."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image


def png(shade: int, *, side: int = 20) -> bytes:
    """A picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), (shade, shade, shade)).save(buffer, "PNG")
    return buffer.getvalue()


def tar(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A plain tar file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def samples(labels: Sequence[str], *, first: int = 0) -> list[tuple[str, bytes]]:
    """A picture and its class for each label; the shade of a picture is ten times its number."""
    return [
        member
        for number, label in enumerate(labels, start=first)
        for member in ((f"{number:04d}.png", png(10 * number)), (f"{number:04d}.cls", label.encode()))
    ]


def parquet(columns: Mapping[str, Sequence[Any]], *, names: Sequence[str] = (), rows_in_group: int = 4) -> bytes:
    """A Parquet file.

    Args:
        columns: of all rows; pictures as ``{"bytes": …, "path": …}``.
        names: of the classes in the column ``label``, as ``datasets`` writes them down.
        rows_in_group: rows of each row group.
    """
    table = pa.table({name: list(values) for name, values in columns.items()})
    if names:
        features = {"label": {"names": list(names), "_type": "ClassLabel"}, "image": {"_type": "Image"}}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, row_group_size=rows_in_group)
    return buffer.getvalue()


def pictures(count: int, *, first: int = 0) -> list[dict[str, Any]]:
    """Cells of pictures; the shade of each is ten times its number."""
    return [{"bytes": png(10 * number), "path": f"flowers/{number}.png"} for number in range(first, first + count)]
