"""The command line that prints the list which a gallery shows."""

from __future__ import annotations

import shlex

from jobs.results.images.image_filter import ImageFilter

_OPTIONS = {"label": "--class", "prediction": "--predicted"}
"""Names of options that are not those in addresses."""


def results_command(job_id: str, wanted: ImageFilter) -> str:
    """``florescope results`` with an option for each part of a filter, quoted for a shell."""
    asked = [word for name, value in wanted.pairs() for word in (_OPTIONS.get(name, f"--{name}"), value)]
    return shlex.join(["florescope", "results", job_id, *asked])
