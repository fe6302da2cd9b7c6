from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel
from jobs.plan import Plan, shards
from jobs.results.columns import COLUMNS
from jobs.results.measure import MEASURES
from jobs.results.record import ClassScore, ImageRecord, MethodRecord
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from tests.services.gathered import gathered
from workers.kinds.explain import results_table
from workers.kinds.explain.results_table import SCHEMA, write_results

Row = dict[str, Any]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def artifact(name: str) -> Artifact:
    return Artifact(name=name, key=f"jobs/j/{name}", size=3, sha256="ab" * 32)


MODEL = PublishedModel(
    id="m",
    name=None,
    job_id="t",
    created_at=NOW,
    checkpoint=artifact("model.keras"),
    backbone="SmallCNN",
    weights="none",
    image_size=32,
    feature_layer="features",
    class_names=("rose", "tulip"),
    dataset="synthetic_flowers",
    train_images=1,
    validation_images=1,
    test_images=1,
    test_accuracy=None,
    test_loss=None,
    history=(),
)
JOB = Job(
    id="j",
    created_at=NOW,
    spec=ExplainSpec(kind="explain", model="m", dataset="synthetic_flowers"),
)
PLAN = Plan(
    job_id="j",
    kind="explain",
    created_at=NOW,
    total=4,
    unit="images",
    shards=shards(0, 4, size=2),
    split="test",
    model=MODEL,
)


def record(index: int) -> ImageRecord:
    gradcam = MethodRecord(method="gradcam", overlay=artifact("a.png"), raw_row=index, layer="features")
    ig = MethodRecord(
        method="integrated_gradients",
        baseline="black",
        precision="bfloat16",
        flags=("unconverged", "absolute_tolerance"),
        values={"relative_delta": 0.25, "deletion_auc": None, "worst_relative_delta": 0.5, "paths": 4.0},
    )
    return ImageRecord(
        image_id=f"i{index}",
        index=index,
        label=0,
        prediction=1,
        confidence=0.75,
        top=(ClassScore(label=1, probability=0.75, logit=1.5), ClassScore(label=0, probability=0.25)),
        target=1,
        target_logit=1.5,
        methods=(gradcam, ig),
    )


def reports() -> list[Report]:
    broken = ImageRecord(image_id="i3", index=3, label=1, error="cannot be decoded")
    return [
        Report(
            job_id="j",
            step=step,
            attempt="a",
            worker="w",
            started_at=NOW,
            finished_at=NOW,
            records=records,
            artifacts=(artifact(f"{step}/gradcam.npz"),),
            code_version="0.1.0+abc",
        )
        for step, records in (("shard-00000", (record(0), record(1))), ("shard-00001", (record(2), broken)))
    ]


@pytest.fixture
def rows(tmp_path: Path) -> list[Row]:
    with gathered(JOB, PLAN, reports()) as images:
        written = write_results(tmp_path / "results.parquet", images)
    found: list[Row] = pq.read_table(tmp_path / "results.parquet").to_pylist()
    assert len(found) == written
    return found


def test_there_is_a_row_per_image_and_method_and_one_for_an_image_that_failed(rows: list[Row]) -> None:
    pairs = [(row["image_id"], row["method"]) for row in rows]
    methods = ("gradcam", "integrated_gradients")
    assert pairs == [*((f"i{index}", method) for index in range(3) for method in methods), ("i3", None)]


def test_a_row_tells_what_the_record_and_the_job_know(rows: list[Row]) -> None:
    gradcam, ig = rows[0], rows[1]
    assert (gradcam["label_name"], gradcam["prediction_name"], gradcam["outcome"]) == ("rose", "tulip", "wrong")
    assert (gradcam["top_1_name"], gradcam["top_1_logit"], gradcam["top_2_logit"]) == ("tulip", 1.5, None)
    assert (gradcam["overlay_key"], gradcam["overlay_sha256"]) == ("jobs/j/a.png", "ab" * 32)
    assert (gradcam["raw_key"], gradcam["raw_row"]) == ("jobs/j/shard-00000/gradcam.npz", 0)
    assert (ig["flags"], ig["relative_delta"], ig["baseline"]) == ("unconverged,absolute_tolerance", 0.25, "black")
    assert (gradcam["precision"], ig["precision"], rows[-1]["precision"]) == ("float32", "bfloat16", None)
    assert (ig["model_id"], ig["model_sha256"], ig["code_version"]) == ("m", "ab" * 32, "0.1.0+abc")


def test_a_mean_of_several_paths_tells_how_many_and_the_worst_of_them(rows: list[Row]) -> None:
    assert (rows[1]["paths"], rows[1]["worst_relative_delta"]) == (4, 0.5)
    assert SCHEMA.field("paths").type == pa.int64()


def test_a_failed_image_says_why(rows: list[Row]) -> None:
    assert (rows[-1]["outcome"], rows[-1]["error"], rows[-1]["confidence"]) == ("error", "cannot be decoded", None)


def test_what_was_not_measured_is_null_never_nan(rows: list[Row]) -> None:
    assert rows[1]["deletion_auc"] is None
    assert {rows[0][name] for name in MEASURES} == {None}


def test_the_file_has_all_columns_in_their_order_with_their_types(rows: list[Row]) -> None:
    assert [(field.name, field.type) for field in SCHEMA] == [
        (column.name, pa.type_for_alias(column.type)) for column in COLUMNS
    ]
    assert list(rows[0]) == [column.name for column in COLUMNS]


def test_every_column_is_flat() -> None:
    assert not [field.name for field in SCHEMA if pa.types.is_nested(field.type)]


def test_many_rows_are_written_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results_table, "ROWS_PER_GROUP", 3)
    with gathered(JOB, PLAN, reports()) as images:
        write_results(tmp_path / "results.parquet", images)
    assert pq.ParquetFile(tmp_path / "results.parquet").num_row_groups == 3
