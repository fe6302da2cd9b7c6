"""Grey, non-square and old models, and models without a layer, from the file to maps and an evaluation."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from dispatch.submission import submit
from jobs import keys
from jobs.job import JobEnd
from jobs.models.model import PublishedModel
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from ml.data.datasets import describe
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from tests.unit.ml.models.importing.keras_2 import save_h5
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

HEIGHT, WIDTH = 24, 36


def class_names() -> tuple[str, ...]:
    return tuple(describe("synthetic_flowers").class_names)


def grey_of_keras_2() -> keras.Model:
    layers = [
        keras.Input((HEIGHT, WIDTH, 1)),
        keras.layers.Conv2D(6, 3, activation="relu", name="features"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(len(class_names()), "softmax"),
    ]
    return keras.Sequential(layers)


def branches() -> keras.Model:
    image = keras.Input((HEIGHT, WIDTH, 3))
    pooled = [keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, size)(image)) for size in (3, 5)]
    return keras.Model(image, keras.layers.Dense(len(class_names()), "softmax")(keras.layers.Concatenate()(pooled)))


def run(services: Services, job_id: str, *steps: str) -> JobEnd:
    for step in ("plan", *steps, "finalize"):
        run_step(job_id, step, services)
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def imported(services: Services, model: keras.Model, path: Path) -> tuple[PublishedModel, JobEnd]:
    """What an import job publishes of this model."""
    save_h5(model, path)
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    services.store.put(keys.upload(digest), data)
    document = {"kind": "import", "upload": digest, "preprocessing": "zero_to_one", "classes": class_names()}
    job_id = submit_document(services, document)
    end = run(services, job_id, "import")
    assert end.state is JobState.SUCCEEDED, end.error
    return PublishedModel.decode(services.store.get(keys.model(job_id))), end


def submit_document(services: Services, document: dict[str, Any]) -> str:
    spec = spec_adapter.validate_python(document)
    return submit(spec, store=services.store, board=services.board, queue=services.queue).job.id


@pytest.fixture
def grey(services: Services, tmp_path: Path) -> PublishedModel:
    model, end = imported(services, grey_of_keras_2(), tmp_path / "model.h5")
    assert end.summary is not None
    assert (end.summary["image_size"], end.summary["image_width"], end.summary["channels"]) == (HEIGHT, WIDTH, 1)
    return model


def test_a_grey_model_that_is_not_square_is_explained_with_maps_and_pictures_of_its_size(
    services: Services, grey: PublishedModel
) -> None:
    assert (grey.height_and_width, grey.channels, grey.feature_layer) == ((HEIGHT, WIDTH), 1, "features")
    job_id = submit_explanation(
        services,
        model=grey.id,
        split="test[0:3]",
        methods=["gradcam", "integrated_gradients"],
        metrics=["completeness", "deletion", "insertion", "localization", "randomization"],
    )
    end = run(services, job_id, "shard-00000")
    assert end.state is JobState.SUCCEEDED, end.error
    report = stored_report(services.store, job_id, "shard-00000")
    packed = [one for one in report.artifacts if one.name.endswith("integrated_gradients.npz")]
    assert np.load(io.BytesIO(services.store.get(packed[0].key)))["maps"].shape == (3, HEIGHT, WIDTH)
    pictures = [info.key for info in services.store.list(f"jobs/{job_id}/") if info.key.endswith(".png")]
    sizes = {Image.open(io.BytesIO(services.store.get(key))).size for key in pictures if "overlay" in key}
    assert not sizes or sizes == {(WIDTH, HEIGHT)}


def test_it_is_evaluated_under_every_corruption(services: Services, grey: PublishedModel) -> None:
    document = {
        "kind": "evaluate",
        "model": grey.id,
        "dataset": "synthetic_flowers",
        "split": "test[0:4]",
        "severities": [3],
        "batch_size": 4,
    }
    job_id = submit_document(services, document)
    end = run(services, job_id, "shard-00000")
    assert end.state is JobState.SUCCEEDED, end.error


def test_branches_that_meet_after_pooling_have_no_gradcam_but_integrated_gradients(
    services: Services, tmp_path: Path
) -> None:
    model, end = imported(services, branches(), tmp_path / "model.h5")
    assert model.feature_layer is None
    assert end.summary is not None
    assert end.summary["feature_layer"] is None
    refused = submit_explanation(services, model=model.id, split="test[0:2]")
    run_step(refused, "plan", services)
    failed = JobEnd.decode(services.store.get(keys.end(refused)))
    assert failed.error is not None
    assert failed.error.field == "methods"
    assert "Ask for integrated_gradients alone" in failed.error.message
    job_id = submit_explanation(services, model=model.id, split="test[0:2]", methods=["integrated_gradients"])
    assert run(services, job_id, "shard-00000").state is JobState.SUCCEEDED
