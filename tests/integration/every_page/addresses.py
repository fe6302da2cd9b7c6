"""Every page of the API: its route, and addresses at which it shows something."""

from __future__ import annotations

from typing import NamedTuple

from jobs.specs.spec import KINDS

NOT_A_PAGE = frozenset({"/palettes.json", "/login/oidc", "/login/oidc/callback"})
"""Routes in ``api/pages`` whose answers are no pages for people."""
IMAGE = "test-00000"


class Shown(NamedTuple):
    """One page.

    Attributes:
        route: as the API writes it; empty where an answer is no route's, as one to an address that does not exist.
        address: with names of jobs in braces, as ``tests.integration.every_page.site`` calls them.
        status: that it is answered with.
    """

    route: str
    address: str
    status: int = 200


def _job(name: str, status: int = 200) -> Shown:
    return Shown("/jobs/{job_id}", f"/jobs/{{{name}}}", status)


OF_JOBS = (
    *(_job(kind) for kind in KINDS),
    *map(_job, ("queued", "running", "failed")),
    Shown("/jobs/{job_id}", "/jobs/{explain}?outcome=wrong&sort=-confidence"),
    Shown("/jobs/{job_id}", "/jobs/one"),
    Shown("/jobs/{job_id}", "/jobs/both"),
    Shown("/jobs/{job_id}/delete", "/jobs/{explain}/delete"),
    *(Shown("/jobs/{job_id}/report", f"/jobs/{{{kind}}}/report") for kind in ("explain", "audit", "compare")),
)
IMAGES = (
    Shown("/jobs/{job_id}/images", "/jobs/{explain}/images?outcome=wrong&sort=-confidence"),
    Shown("/jobs/{job_id}/images", "/jobs/{explain}/images?search=nobody"),
    Shown("/jobs/{job_id}/images", "/jobs/{evaluate}/images"),
    Shown("/jobs/{job_id}/images", "/jobs/{audit}/images"),
    Shown("/jobs/{job_id}/images", "/jobs/{train}/images"),
    Shown("/jobs/{job_id}/images", "/jobs/one/images?tile=large"),
    Shown("/jobs/{job_id}/images/{image_id}", f"/jobs/{{explain}}/images/{IMAGE}"),
    Shown("/jobs/{job_id}/images/{image_id}", f"/jobs/{{explain}}/images/{IMAGE}#view=side"),
    Shown("/jobs/{job_id}/images/{image_id}", f"/jobs/{{evaluate}}/images/{IMAGE}"),
    Shown("/jobs/{job_id}/images/{image_id}", f"/jobs/{{audit}}/images/{IMAGE}"),
    Shown("/jobs/{job_id}/images/{image_id}", "/jobs/one/images/rose/broken.png"),
    Shown("/jobs/{job_id}/images/{image_id}", "/jobs/both/images/rose/0.png?list=fixed"),
)
WORK = (
    Shown("/", "/"),
    Shown("/", "/?column=dataset&column=model&column=score&column=accuracy&column=duration&column=failed&column=tags"),
    Shown("/", "/?parent={sweep}"),
    Shown("/", "/?q=nobody"),
    Shown("/new", "/new"),
    *(Shown("/new/{kind}", f"/new/{kind}") for kind in KINDS),
    Shown("/new/{kind}", "/new/explain?from={explain}"),
    Shown("/models", "/models"),
    Shown("/models/{model_id}", "/models/{train}"),
    Shown("/models/{model_id}", "/models/{import}"),
    Shown("/upload", "/upload"),
    Shown("/operations", "/operations"),
    Shown("/deleted", "/deleted"),
    Shown("/notices", "/notices"),
    Shown("/projects/{project}/notices", "/projects/default/notices"),
    Shown("/docs", "/docs"),
    Shown("/login", "/login"),
)
REFUSALS = (
    Shown("", "/nothing", 404),
    Shown("/jobs/{job_id}", "/jobs/01m8erfsaamxdgsqmf469cdd2v", 404),
    Shown("/jobs/{job_id}/images", "/jobs/{explain}/images?range=focus:2..1", 422),
    Shown("/jobs/{job_id}/images", "/jobs/{explain}/images?label=no%20such%20class", 422),
    Shown("/jobs/{job_id}/images/{image_id}", "/jobs/{explain}/images/nobody", 404),
)
EVERY_PAGE = (*WORK, *OF_JOBS, *IMAGES, *REFUSALS)
