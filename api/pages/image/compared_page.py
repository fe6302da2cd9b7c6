"""Shows the page of one image of a comparison: what both jobs say of it, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.backend import Backend
from api.pages.image.view import ImageView, ViewedMap, image_view
from api.pages.image.walk import compared_address, walk_of_comparison
from api.pages.templates import render
from api.readers.images.comparison_lists import ListName
from jobs.job import Job
from jobs.specs.compare_spec import CompareSpec


@dataclass(frozen=True)
class ViewedPair:
    """Two maps that stand side by side; one of them may be missing. ``key`` is what the page calls them."""

    key: str
    first: ViewedMap | None
    second: ViewedMap | None

    @property
    def title(self) -> str:
        """What both are by, once where it is the same."""
        return " and ".join(dict.fromkeys(each.label for each in (self.first, self.second) if each))


def compared_image(
    request: Request, backend: Backend, job: Job, *, image_id: str, listed: ListName | None
) -> HTMLResponse:
    """One image as both jobs of a comparison see it, with its neighbours in a list of the comparison.

    Raises:
        ObjectNotFound: the comparison is not over, or one of the jobs is gone, or has no such image.
    """
    assert isinstance(job.spec, CompareSpec)  # noqa: S101
    name: ListName = listed or "all"
    place = backend.comparisons.place(job.id, name, image_id)
    first, second = (image_view(backend, each, image_id) for each in job.spec.awaited)
    pairs = viewed_pairs(first, second)
    context: dict[str, Any] = {
        "job": job,
        "image_id": image_id,
        "sides": (("first", first), ("second", second)),
        "pairs": pairs,
        "map_choices": [(pair.key, pair.title) for pair in pairs],
        "columns": [
            (f"{map_.label}, {which}", map_)
            for pair in pairs
            for which, map_ in (("first", pair.first), ("second", pair.second))
            if map_ is not None
        ],
        "measures": first.measures | second.measures,
        "correlations": {method: value for method, value in place.correlations.items() if value is not None},
        "lists": [
            (each.title, each.images, compared_address(job.id, each.first, each.name), each.name == name)
            for each in backend.comparisons.lists(job.id)
        ],
        "walk": walk_of_comparison(job.id, name, place),
    }
    return render(request, "image/compared.html", context)


def viewed_pairs(first: ImageView, second: ImageView) -> list[ViewedPair]:
    """The maps of the first with those of the same name of the second, then what only the second has."""
    ours, theirs = ({each.record.name: each for each in view.maps} for view in (first, second))
    return [ViewedPair(name, ours.get(name), theirs.get(name)) for name in dict.fromkeys((*ours, *theirs))]
