"""An audit from plan to page, with real Redis and a real (untrained) network."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from dispatch.submission import request_cancel
from jobs import keys
from jobs.job import JobEnd, Problem
from jobs.live.progress import Progress
from jobs.results.manifest import Manifest
from jobs.results.record import ImageRecord
from jobs.state import JobState
from ml.data.datasets import describe, read
from tests.integration.workers.conftest import submit_explanation
from tests.services.audits import child_of, explained, findings_of, run_all, run_one, steps_of, submit_audit
from tests.services.gathered import outcomes
from tests.services.planted_square import DATASET, MODEL, publish
from tests.services.planted_square import put_pictures as put_squares
from workers.kinds.audit.given.seen_images import seen_images
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

FOLDER = "store:datasets/mine"
CLASSES = list(describe("synthetic_flowers").class_names)
SQUARES = {"model": MODEL, "dataset": DATASET, "split": "all", "training_split": "train", "shard_size": 10}
EXPLAINED_SQUARES = {"model": MODEL, "dataset": DATASET, "split": "all"}
FILES = {
    "findings.json", "findings.parquet", "neighbours.parquet", "clusters.parquet", "audit.html", "images.parquet",
    "records.parquet", "lookup.parquet",
}  # fmt: skip


@pytest.fixture
def squares(services: Services, tmp_path: Path) -> Services:
    put_squares(services.store)
    publish(services.store, tmp_path)
    return services


def test_an_audit_leaves_findings_a_table_and_a_page(services: Services) -> None:
    job_id = submit_audit(services)
    end = run_all(services, job_id)
    assert (end.state, end.error) == (JobState.SUCCEEDED, None)
    assert (end.progress.done, end.progress.total) == (48, 48)
    manifest = Manifest.decode(services.store.get(keys.manifest(job_id)))
    assert {file.name for file in manifest.files} == FILES
    assert len(outcomes(services.store, job_id)) == 24
    found = findings_of(services, job_id)
    assert (found.images, found.training_images) == (24, 24)
    assert found.accuracy is not None
    assert found.accuracy.n == 24
    table = pq.read_table(io.BytesIO(services.store.get(keys.file(job_id, "findings.parquet"))))
    assert table.column("words").to_pylist() == [finding.words for finding in found.findings]
    neighbours = pq.read_table(io.BytesIO(services.store.get(keys.file(job_id, "neighbours.parquet")))).to_pylist()
    assert {row["image_id"] for row in neighbours} == wrong_images(services, job_id)
    assert {row["neighbour_of"] for row in neighbours} == {"true_class", "predicted_class"}


def test_a_planted_square_is_named_with_its_class_and_its_place(squares: Services) -> None:
    job_id = submit_audit(squares, **SQUARES)
    assert run_all(squares, job_id).state is JobState.SUCCEEDED
    shortcuts = [each for each in findings_of(squares, job_id).findings if each.verdict == "shortcut"]
    [named] = [each for each in shortcuts if each.place is not None]
    assert any("maps" in words for words in named.also)
    assert (named.class_name, named.severity) == ("square", "high")
    assert named.effect is not None
    assert named.effect.value >= 0.9
    assert named.effect.n >= 12
    assert named.place is not None
    assert (named.place.top, named.place.left) == (0, 0)
    assert max(named.place.bottom, named.place.right) <= 0.5
    assert set(named.image_ids) == {f"square/{number:02d}.png" for number in range(12)}


def test_an_audit_explains_the_images_itself_if_no_explanation_is_named(services: Services) -> None:
    job_id = submit_audit(services)
    run_all(services, job_id)
    child = child_of(services, job_id)
    assert child is not None
    assert child.spec.kind == "explain"
    assert findings_of(services, job_id).explanation == child.id


def test_a_named_explanation_is_used_and_none_is_submitted(services: Services) -> None:
    explanation = explained(services)
    job_id = submit_audit(services, explanation=f"job:{explanation}")
    assert run_all(services, job_id).state is JobState.SUCCEEDED
    assert child_of(services, job_id) is None
    assert findings_of(services, job_id).explanation == explanation


def test_images_that_a_named_explanation_knows_do_not_go_through_the_network_again(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"looks_for": ["slices", "labels"], "training_split": None}
    alone = submit_audit(services, **asked)
    run_all(services, alone)
    job_id = submit_audit(services, explanation=f"job:{explained(services)}", **asked)
    monkeypatch.delattr("workers.kinds.audit.given.forward_pass.predictor_of")
    assert run_all(services, job_id).state is JobState.SUCCEEDED
    found, by_itself = findings_of(services, job_id), findings_of(services, alone)
    assert found.images == 24
    assert (found.accuracy, found.findings) == (by_itself.accuracy, by_itself.findings)


def test_features_of_another_layer_are_not_held_against_those_of_training_images(services: Services) -> None:
    explanation = explained(services, layer="block4_relu")
    job_id = submit_audit(services, explanation=f"job:{explanation}")
    assert run_all(services, job_id).state is JobState.SUCCEEDED
    steps = [step for step in steps_of(services, job_id) if step.startswith(("shard", "training"))]
    seen = [seen_images(job_id, [step], services.store) for step in steps]
    assert len({each.features.shape[1] for each in seen if each}) == 1


def test_a_picture_that_was_mended_goes_through_the_network_again(services: Services) -> None:
    put_pictures(services, CLASSES)
    explanation = explained(services, dataset=FOLDER, split="all")
    first, second = (info.key for info in list(services.store.list(FOLDER.removeprefix("store:")))[:2])
    services.store.put(first, services.store.get(second))
    asked = {"dataset": FOLDER, "split": "all", "training_split": None, "looks_for": ["slices"], "shard_size": 64}
    jobs = [submit_audit(services, **asked, explanation=each) for each in (f"job:{explanation}", None)]
    for job_id in jobs:
        run_all(services, job_id)
    found, alone = (seen_images(job_id, ["shard-00000"], services.store) for job_id in jobs)
    assert found is not None
    assert alone is not None
    np.testing.assert_allclose(found.logits, alone.logits, atol=1e-3)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"split": "test[0:8]"}, "explains split 'test[0:8]', not 'test[0:24]'"),
        ({"label": "species"}, "explains label 'species', not None"),
        ({"outputs": ["overlay"]}, "keeps no raw maps"),
    ],
)
def test_an_explanation_of_other_images_is_refused(services: Services, changes: dict[str, object], reason: str) -> None:
    explanation = submit_explanation(services, **{"split": "test[0:24]", **changes})
    end = run_all(services, submit_audit(services, explanation=f"job:{explanation}"))
    assert end.error is not None
    assert end.error.field == "explanation"
    assert reason in end.error.message


def test_the_training_split_must_be_other_images(services: Services) -> None:
    end = run_all(services, submit_audit(services, training_split="test[10:30]"))
    assert end.error is not None
    assert end.error.field == "training_split"
    assert "images in common" in end.error.message


def test_two_slices_of_one_split_are_told_apart(services: Services) -> None:
    job_id = submit_audit(services, split="train[0:24]", training_split="train[24:48]")
    assert run_all(services, job_id).state is JobState.SUCCEEDED
    found = findings_of(services, job_id)
    shown = {each.split: each.image_id for finding in found.findings for each in finding.evidence}
    assert set(shown) <= {"train[0:24]", "train[24:48]"}
    near = [near.image_id for each in found.by_example for near in (*each.true_class, *each.predicted_class)]
    assert near
    assert all("train-00024" <= image_id <= "train-00047" for image_id in near)


def test_a_stage_waits_for_those_before_it(services: Services) -> None:
    job_id = submit_audit(services)
    run_step(job_id, "plan", services)
    assert run_step(job_id, "suspicions", services) == "suspicions waits for shard-00000"
    assert services.board.counters.due(job_id).keys() == {"suspicions"}
    assert run_step(job_id, "findings", services) == "findings waits for shard-00000"


def test_cancelling_an_audit_cancels_its_explanation(services: Services) -> None:
    job_id = submit_audit(services)
    run_step(job_id, "plan", services)
    run_step(job_id, "explanation", services)
    child = child_of(services, job_id)
    assert child is not None
    request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    run_step(job_id, "finalize", services)
    assert services.store.head(keys.cancel(child.id)) is not None
    assert JobEnd.decode(services.store.get(keys.end(job_id))).state is JobState.CANCELLED


def wrong_images(services: Services, job_id: str) -> set[str]:
    table = pq.read_table(io.BytesIO(services.store.get(keys.file(job_id, "records.parquet"))))
    records = [ImageRecord.decode(text.encode()) for text in table.column("record").to_pylist()]
    return {record.image_id for record in records if record.prediction != record.label}


class Killed(BaseException):
    """Raised in place of SIGKILL: no handler of errors catches it."""


def test_an_audit_that_is_killed_at_the_end_of_each_stage_finds_the_same(
    squares: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    explanation = explained(squares, **EXPLAINED_SQUARES)
    asked = {**SQUARES, "explanation": f"job:{explanation}"}
    undisturbed, disturbed = (submit_audit(squares, **asked) for _ in range(2))
    run_all(squares, undisturbed)
    run_step(disturbed, "plan", squares)
    for step in steps_of(squares, disturbed):
        with monkeypatch.context() as patched:
            patched.setattr("workers.lifecycle.run_step._commit", killed)
            with pytest.raises(Killed):
                run_step(disturbed, step, squares)
        assert run_one(squares, disturbed, step) == "committed"
    run_step(disturbed, "finalize", squares)
    first, second = findings_of(squares, undisturbed), findings_of(squares, disturbed)
    assert first.findings
    assert second.model_copy(update={"job_id": undisturbed}) == first


def killed(*_: object) -> None:
    raise Killed


def test_an_audit_whose_explanation_failed_says_so_and_looks_at_the_rest(squares: Services) -> None:
    explanation = submit_explanation(squares, **EXPLAINED_SQUARES)
    write_end(squares, explanation, JobState.FAILED)
    job_id = submit_audit(squares, **SQUARES, explanation=f"job:{explanation}")
    assert run_all(squares, job_id).state is JobState.SUCCEEDED
    [missed] = [each for each in findings_of(squares, job_id).left_out if each.what.startswith("shortcuts")]
    assert missed.why == f"explanation {explanation} is failed: it broke"


def test_a_model_that_predicts_one_class_alone_has_no_shortcut_to_look_for(services: Services) -> None:
    job_id = submit_audit(services)
    run_all(services, job_id)
    [missed] = [each for each in findings_of(services, job_id).left_out if each.what.startswith("shortcuts")]
    assert "predicted as one class" in missed.why


def test_without_labels_nothing_is_called_right_or_wrong(services: Services) -> None:
    put_pictures(services, ["holiday"] * 6)
    job_id = submit_audit(services, dataset=FOLDER, split="all", training_split="train")
    assert run_all(services, job_id).state is JobState.SUCCEEDED
    found = findings_of(services, job_id)
    assert found.accuracy is None
    reasons = {each.what: each.why for each in found.left_out}
    assert "no folder of the data set ('holiday') is a class of the model" in reasons["wrong labels"]
    assert reasons["slices with more errors"] == reasons["wrong labels"]
    assert reasons["leaks between training and audited split"] == "the data set has no split 'train'"


@pytest.mark.parametrize("pictures", [CLASSES[:2] * 4, CLASSES])
def test_two_classes_and_one_image_per_class_are_enough_to_end_well(services: Services, pictures: list[str]) -> None:
    put_pictures(services, pictures)
    job_id = submit_audit(services, dataset=FOLDER, split="all", training_split="train")
    assert run_all(services, job_id).state is JobState.SUCCEEDED
    found = findings_of(services, job_id)
    assert found.images == len(pictures)
    assert found.left_out


def test_what_was_not_asked_for_is_named_as_left_out(services: Services) -> None:
    job_id = submit_audit(services, looks_for=["labels"], training_split=None)
    run_all(services, job_id)
    reasons = {each.what: each.why for each in findings_of(services, job_id).left_out}
    assert {reasons[look] for look in ("shortcuts", "duplicates", "pictures", "slices")} == {
        "the audit was not asked to"
    }
    assert reasons["wrong labels of the training split"] == "no training split was named"
    assert "explanation" not in steps_of(services, job_id)


def write_end(services: Services, job_id: str, state: JobState) -> None:
    end = JobEnd(
        job_id=job_id,
        state=state,
        started_at=None,
        finished_at=datetime(2026, 1, 1, tzinfo=UTC),
        progress=Progress(),
        error=Problem(message="it broke"),
    )
    services.store.put(keys.end(job_id), end.encode())


def put_pictures(services: Services, folders: list[str]) -> None:
    """A flower in each of these folders, in as many files as the folder is named."""
    for number, (folder, example) in enumerate(zip(folders, read("synthetic_flowers", "test"), strict=False)):
        assert example.image is not None
        buffer = io.BytesIO()
        Image.fromarray(example.image).resize((40, 40)).save(buffer, "PNG")
        name = folder.replace(" ", "_")
        services.store.put(f"{FOLDER.removeprefix('store:')}/{name}/{number}.png", buffer.getvalue())
