"""Documents that a release has written are read by this one: `stored/` keeps a store as each release left it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dispatch.idempotency_note import IdempotencyNote
from jobs.errors import NewerVersion
from jobs.housekeeping.deletion import Deletion
from jobs.housekeeping.heatmaps import HeatmapsRemoved
from jobs.housekeeping.retention import RetentionPolicy, SharedRetentionPolicy
from jobs.housekeeping.usage import Usage
from jobs.identity.api_key import ApiKey
from jobs.identity.audit_event import AuditEvent
from jobs.identity.dataset_record import DatasetRecord
from jobs.identity.quota import ProjectQuota
from jobs.job import Job, JobEnd
from jobs.job_note import JobNote
from jobs.listings.image_listing import ImageListing
from jobs.live.log_line import StoredLog
from jobs.models.checkpoint import CheckpointPointer
from jobs.models.model import PublishedModel
from jobs.models.model_card import ModelCard
from jobs.notice.channel import ProjectChannels
from jobs.notice.notice import Notice
from jobs.plan import Plan
from jobs.results.comparison.document import Comparison
from jobs.results.finding import Findings
from jobs.results.manifest import Manifest
from jobs.results.report import Report
from jobs.results.started_explanation import StartedExplanation
from jobs.results.trial_run import TrialRuns
from jobs.specs.explain_spec import ExplainSpec
from jobs.turns.turn import JobTurn, ProjectWeight, QueuePause
from jobs.value import SCHEMA_VERSION, Document
from workers.inputs.poison_images import PoisonNote
from workers.step.kept_images import KeptShard

STORED = Path(__file__).with_name("stored")
RELEASES = sorted(STORED.iterdir())
CLASSES: dict[str, type[Document]] = {
    r"jobs/\w+/spec\.json": Job,
    r"jobs/\w+/plan\.json": Plan,
    r"jobs/\w+/end\.json": JobEnd,
    r"jobs/\w+/listing\.json": ImageListing,
    r"jobs/\w+/trials\.json": TrialRuns,
    r"jobs/\w+/explanation\.json": StartedExplanation,
    r"jobs/\w+/manifest\.json": Manifest,
    r"jobs/\w+/model_card\.json": ModelCard,
    r"jobs/\w+/reports/[\w-]+\.json": Report,
    r"jobs/\w+/kept/[\w-]+\.json": KeptShard,
    r"jobs/\w+/suspects/[\w-]+\.json": PoisonNote,
    r"jobs/\w+/checkpoints/\w+\.json": CheckpointPointer,
    r"jobs/\w+/attempts/compare/\w+/comparison\.json": Comparison,
    r"jobs/\w+/findings\.json": Findings,
    r"jobs/\w+/log\.json": StoredLog,
    r"jobs/\w+/note\.json": JobNote,
    r"jobs/\w+/heatmaps_removed\.json": HeatmapsRemoved,
    r"deletions/job/\w+\.json": Deletion,
    r"identity/retention/[\w-]+\.json": RetentionPolicy,
    r"identity/shared_retention\.json": SharedRetentionPolicy,
    r"usage\.json": Usage,
    r"jobs/\w+/turn\.json": JobTurn,
    r"paused_queues/\w+\.json": QueuePause,
    r"models/\w+\.json": PublishedModel,
    r"idempotency/\w+\.json": IdempotencyNote,
    r"audit/[\d-]+/\w+\.json": AuditEvent,
    r"identity/quotas/[\w-]+\.json": ProjectQuota,
    r"identity/weights/[\w-]+\.json": ProjectWeight,
    r"identity/keys/\w+\.json": ApiKey,
    r"notices/channels/[\w-]+\.json": ProjectChannels,
    r"notices/sent/[\w-]+/[\w-]+\.json": Notice,
    r"dataset_records/[\w/@-]+\.json": DatasetRecord,
}
RESPELT = {("devices", "1"): "one"}
"""Values that are written otherwise now, and mean the same."""
LATER = {
    Deletion,
    HeatmapsRemoved,
    RetentionPolicy,
    SharedRetentionPolicy,
    Usage,
    ApiKey,
    AuditEvent,
    ProjectQuota,
    Comparison,
    DatasetRecord,
    Findings,
    JobNote,
    JobTurn,
    ProjectWeight,
    QueuePause,
    KeptShard,
    Notice,
    ProjectChannels,
    StartedExplanation,
    StoredLog,
}
"""Documents that 0.1.0 did not know; ``unreleased/`` keeps one of each, for the store of the next release."""
FOR_READERS_ONLY = {"metrics.json", "leaderboard.json"}
DOCUMENTS = sorted(path for path in STORED.rglob("*.json") if path.name not in FOR_READERS_ONLY)


def class_of(path: Path) -> type[Document]:
    key = "/".join(path.relative_to(STORED).parts[1:])
    return next(found for pattern, found in CLASSES.items() if re.fullmatch(pattern, key))


def contained(old: Any, new: Any) -> bool:
    """Whether all that the old document says stands in the new one: fields may have been added."""
    if isinstance(old, dict):
        said = {name: RESPELT.get((name, str(value)), value) for name, value in old.items()}
        return isinstance(new, dict) and all(
            name in new and contained(value, new[name]) for name, value in said.items()
        )
    if isinstance(old, list):
        return isinstance(new, list) and len(old) == len(new) and all(map(contained, old, new))
    return bool(old == new)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(STORED)))
def test_a_stored_document_is_read_and_nothing_of_it_is_lost(path: Path) -> None:
    read = class_of(path).decode(path.read_bytes())
    assert contained(json.loads(path.read_bytes()), json.loads(read.encode()))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(STORED)))
def test_a_document_of_a_newer_release_is_named_as_such(path: Path) -> None:
    document = json.loads(path.read_bytes())
    for newer in ({**document, "schema_version": 3}, {**document, "schema_version": 3, "added_later": 1}):
        with pytest.raises(NewerVersion, match="written by a newer version of Florescope"):
            class_of(path).decode(json.dumps(newer).encode())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(STORED)))
def test_a_document_that_is_written_says_its_version(path: Path) -> None:
    assert json.loads(class_of(path).decode(path.read_bytes()).encode())["schema_version"] == SCHEMA_VERSION


def test_each_release_kept_every_kind_of_document() -> None:
    kept = {
        release.name: {class_of(path) for path in DOCUMENTS if path.is_relative_to(release)} for release in RELEASES
    }
    assert kept == {"0.1.0": set(CLASSES.values()) - LATER, "unreleased": LATER}


def test_reports_are_the_bytes_that_their_manifest_names() -> None:
    for path in STORED.rglob("manifest.json"):
        manifest = Manifest.decode(path.read_bytes())
        root = path.parents[2]
        assert all((root / entry.key).stat().st_size == entry.size for entry in manifest.reports)


def test_what_0_1_0_stored_belongs_to_the_default_project_and_to_nobody() -> None:
    of_0_1_0 = [class_of(path).decode(path.read_bytes()) for path in DOCUMENTS if path.is_relative_to(STORED / "0.1.0")]
    owned = [each for each in of_0_1_0 if isinstance(each, Job | PublishedModel)]
    assert {type(each) for each in owned} == {Job, PublishedModel}
    assert {(each.project, each.submitter) for each in owned} == {("default", "")}


def test_explanations_that_0_1_0_was_asked_for_are_still_of_the_logit() -> None:
    jobs = [Job.decode(path.read_bytes()) for path in (STORED / "0.1.0").rglob("spec.json")]
    specs = [job.spec for job in jobs if isinstance(job.spec, ExplainSpec)]
    assert specs
    assert {(spec.score, spec.contrast) for spec in specs} == {("logit", "none")}


def test_an_explanation_is_read_as_it_was_stored() -> None:
    spec = ExplainSpec(kind="explain", model="m", dataset="synthetic_flowers")
    job = Job(id="j", created_at=datetime(2026, 1, 1, tzinfo=UTC), spec=spec)
    assert Job.decode(job.encode()) == job
    assert (spec.score, spec.contrast) == ("centred", "wrong")


@pytest.mark.parametrize("path", sorted(STORED.rglob("judgements.npz")), ids=lambda path: path.parts[-6])
def test_the_numbers_of_an_evaluation_are_named_as_before(path: Path) -> None:
    with np.load(path, allow_pickle=False) as file:
        assert file["logits"].shape[0] == len(file["image_ids"]) == len(file["labels"]) == 6
        assert file["corrupted_predictions"].shape == (len(file["corruptions"]), 6)
        assert file["map_correlations"].shape == file["map_distances"].shape == (4, 6)


@pytest.mark.parametrize("path", sorted(STORED.rglob("gradcam.npz")), ids=lambda path: path.parts[-1])
def test_raw_maps_are_named_as_before(path: Path) -> None:
    with np.load(path, allow_pickle=False) as file:
        assert set(file) == {"maps", "scale", "image_ids", "targets"}
        assert len(file["maps"]) == len(file["scale"]) == len(file["targets"])
