"""Prints published models as tables on stdout."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.table import Table
from rich.text import Text

from cli.display.job_text import stdout_console
from cli.display.local_time import local_time
from cli.display.plain_text import printable

Json = dict[str, Any]


def print_models(models: Iterable[Json]) -> None:
    """One line per model."""
    table = Table(box=None, pad_edge=False)
    for heading in ("ID", "BACKBONE", "DATA SET", "CLASSES", "TEST ACCURACY", "CREATED", "NAME"):
        table.add_column(heading, no_wrap=heading == "ID", overflow="fold")
    for model in models:
        cells = (
            model["id"],
            model["backbone"] or "",
            model["dataset"] or "imported",
            len(model["class_names"]),
            _percent(model["test_accuracy"]),
            local_time(model["created_at"]),
            model["name"] or "",
        )
        table.add_row(*(Text(printable(str(cell))) for cell in cells))
    stdout_console().print(table)


def print_model(model: Json) -> None:
    """One model, one line per property; class names and epochs are only in the JSON."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _facts(model).items():
        table.add_row(name, Text(printable(str(value))))
    stdout_console().print(table)


def _facts(model: Json) -> Json:
    return {
        "model": model["id"],
        "name": model["name"] or "",
        "job": model["job_id"],
        **(_imported(model) if model.get("origin") == "imported" else _trained(model)),
        "explained layer": model.get("feature_layer", "") or "none that GradCAM could explain",
        "file": "{name}, {size} bytes, SHA-256 {sha256}".format(**model["checkpoint"]),
        "with it": ", ".join(each["name"] for each in model.get("files", [])),
        "created": local_time(model["created_at"]),
    }


def _imported(model: Json) -> Json:
    return {
        "origin": f"imported, preprocessing {model['preprocessing']}, {_size(model)}",
        "classes": len(model["class_names"]),
    }


def _size(model: Json) -> str:
    """Of the images, and what the model sees of their colours where that is not RGB."""
    width = model.get("image_width")
    colours = {1: ", grey", 4: ", RGB and alpha"}.get(model.get("channels", 3), "")
    return f"{model['image_size']}{f' x {width}' if width else ''} px{colours}"


def _trained(model: Json) -> Json:
    counts = [f"{model[f'{split}_images']} {split}" for split in ("train", "validation", "test")]
    return {
        "backbone": f"{model['backbone']} ({model['weights']}), {model['image_size']} px",
        "data set": f"{model['dataset']}, {len(model['class_names'])} classes",
        "images": ", ".join(counts),
        "test accuracy": _percent(model["test_accuracy"]),
        "epochs": len(model["history"]),
    }


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"
