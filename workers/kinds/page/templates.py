"""Templates of the self-contained pages that jobs leave: ``layout.html`` is what they share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from jobs.results.wording import code_parts, number, unbroken, unbroken_percent, words


def template(path: Path, **filters: Callable[..., Any]) -> Template:
    """The template in a file; it extends ``layout.html``, and needs ``job``, ``title`` and ``verdict`` for it."""
    environment = Environment(
        loader=FileSystemLoader([path.parent, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=unbroken_percent,
        unbroken=unbroken,
        number=number,
        words=words,
        code_parts=code_parts,
        **filters,
    )
    return environment.get_template(path.name)
