"""An installation on which a worker has done a job of every kind, with drawn flowers and small networks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dispatch.job_index.entries import note_ended, note_submitted
from dispatch.submission import submit
from jobs import keys
from jobs.job import Job, JobEnd
from jobs.plan import FINALIZE, PLAN, Plan
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from ml.data.datasets import describe
from ml.models.classifier import build_classifier
from ml.models.saved_model import save_model
from tests.integration.api.pages.image.made_up import store_compared
from tests.services.stored_results import store_ended
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

FLOWERS = "synthetic_flowers"
TRAIN: Mapping[str, Any] = {
    "kind": "train",
    "dataset": FLOWERS,
    "splits": {"train": "train[0:54]", "validation": "validation[0:18]", "test": "test[0:18]"},
    "backbone": "SmallCNN",
    "weights": "none",
    "image_size": 32,
    "epochs": 2,
}
LONG_NAME = "a name that is rather long as people give them " * 4


@dataclass(frozen=True)
class Site:
    """What a worker works with, and the ids of the jobs that it has done, by what they are called here."""

    services: Services
    jobs: dict[str, str]

    def add(self, called: str, **document: Any) -> str:
        """Submit a job and do all of it."""
        job_id = self.submit(called, **document)
        self._work_off(job_id)
        return job_id

    def submit(self, called: str, **document: Any) -> str:
        """Submit a job and leave it."""
        services, spec = self.services, spec_adapter.validate_python(document)
        self.jobs[called] = submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
        return self.jobs[called]

    def _work_off(self, job_id: str) -> None:
        services = self.services
        run_step(job_id, PLAN, services)
        for step in Plan.decode(services.store.get(keys.plan(job_id))).steps:
            while services.store.head(keys.report(job_id, step)) is None:
                outcome = run_step(job_id, step, services)
                begun = self._children(job_id)
                for child in begun:
                    self._work_off(child)
                if outcome != "committed" and not begun:
                    raise AssertionError(f"{step} of {job_id}: {outcome}")
        run_step(job_id, FINALIZE, services)

    def _children(self, parent: str) -> list[str]:
        """Jobs that this one has submitted, and that are not over."""
        store = self.services.store
        ids = [info.key.split("/")[-1] for info in store.list(keys.ACTIVE_PREFIX)]
        return [one for one in ids if Job.decode(store.get(keys.spec(one))).parent == parent]


def do_every_kind(site: Site, folder: Path) -> None:
    """A job of every kind, and jobs that failed, wait and run."""
    trained = site.add("train", name=LONG_NAME[:180], **TRAIN)
    of_model = {"model": trained, "dataset": FLOWERS, "split": "test[0:24]", "shard_size": 12}
    methods = {"methods": ["gradcam", "integrated_gradients"], "metrics": ["deletion", "insertion"]}
    explained = site.add("explain", kind="explain", **of_model, **methods, ig={"max_evaluations": 32})
    other = site.add("explain again", kind="explain", **of_model, methods=["gradcam"], target="true")
    noisy = {**of_model, "corruptions": ["noise"], "severities": [1, 3]}
    earlier = site.add("evaluate before", kind="evaluate", **noisy)
    site.add("evaluate", kind="evaluate", **noisy, views=["flip"], compared_with=f"job:{earlier}")
    site.add("audit", kind="audit", **of_model, training_split="train[0:54]", explanation=f"job:{explained}")
    site.add("compare", kind="compare", first=explained, second=other)
    site.add("preview", kind="preview", dataset=FLOWERS, images=5, image_size=64)
    site.add("sweep", kind="sweep", base=TRAIN, grid={"seed": [0, 1]})
    site.add("import", kind="import", upload=upload(site, folder), preprocessing="none", classes=9, name="mine")
    site.add("export", kind="export", model=trained, formats=["keras"], images=4)
    store_compared(site.services.store)  # pictures of a folder, a broken one, names with umlauts
    store_other_states(site)


def upload(site: Site, folder: Path) -> str:
    """Store the file of a model from elsewhere; returns its digest."""
    path = folder / "foreign.keras"
    classes = len(describe(FLOWERS).class_names)
    save_model(build_classifier("SmallCNN", num_classes=classes, image_size=32, weights="none"), path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    site.services.store.put(keys.upload(digest), path.read_bytes())
    return digest


def store_other_states(site: Site) -> None:
    """A job that waits, one that runs, one that failed."""
    site.submit("queued", name="waits", **TRAIN)
    site.submit("running", name="runs", **TRAIN)
    run_step(site.jobs["running"], PLAN, site.services)
    store = site.services.store
    why = f"none of the shards could be read: {'words' * 30}"
    failed = store_ended(store, "failed", {"kind": "evaluate"}, JobState.FAILED, why=why)
    site.jobs["failed"] = failed.id
    note_submitted(failed, store)
    note_ended(JobEnd.decode(store.get(keys.end(failed.id))), store)
