"""A foreign model, from the uploaded file to explained images: the steps of both jobs, without Celery."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from dispatch.submission import submit
from jobs import keys
from jobs.job import JobEnd
from jobs.models.model import PublishedModel
from jobs.results.report import Report
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from ml.data.datasets import describe, read
from ml.data.images import resize
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

SIZE = 32
CLASSES = describe("synthetic_flowers").class_names


@pytest.fixture(scope="module")
def nested() -> keras.Model:
    """Preprocessing, a backbone with a dotted name, and a fused softmax; takes values between -1 and 1."""
    keras.utils.set_random_seed(3)
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(image)
    backbone = keras.Model(
        image, keras.layers.Conv2D(16, 3, activation="relu", name="features")(x), name="mobilenetv2_1.00_224"
    )
    head = [
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(len(CLASSES), activation="softmax"),
    ]
    return keras.Sequential([keras.Input((SIZE, SIZE, 3)), backbone, *head])


@pytest.fixture(scope="module")
def file(nested: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path: Path = tmp_path_factory.mktemp("foreign") / "foreign.keras"
    nested.save(path)
    return path.read_bytes()


def submit_import(services: Services, data: bytes, **changes: Any) -> str:
    """Store a file as the API does, submit its import and return the job's id."""
    digest = hashlib.sha256(data).hexdigest()
    services.store.put(keys.upload(digest), data)
    document = {"kind": "import", "upload": digest, "preprocessing": "minus_one_to_one", "classes": CLASSES, **changes}
    spec = spec_adapter.validate_python(document)
    return submit(spec, store=services.store, board=services.board, queue=services.queue).job.id


def run_all(services: Services, job_id: str, *steps: str) -> JobEnd:
    for step in ("plan", *steps, "finalize"):
        run_step(job_id, step, services)
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def test_an_imported_model_is_published_with_all_that_is_needed_to_use_it(services: Services, file: bytes) -> None:
    job_id = submit_import(services, file, name="mine")
    end = run_all(services, job_id, "import")
    assert end.state is JobState.SUCCEEDED
    assert end.summary is not None
    assert (end.summary["model_id"], end.summary["ends_in"]) == (job_id, "softmax")
    model = PublishedModel.decode(services.store.get(keys.model(job_id)))
    assert (model.origin, model.name, model.preprocessing) == ("imported", "mine", "minus_one_to_one")
    assert (model.image_size, model.feature_layer, model.class_names) == (SIZE, "features", CLASSES)
    assert model.source is not None
    assert services.store.get(model.source.key) == file
    head = services.store.head(model.checkpoint.key)
    assert head is not None
    assert head.sha256 == model.checkpoint.sha256


def test_explanations_of_an_imported_model_are_those_of_the_original(
    services: Services, file: bytes, nested: keras.Model
) -> None:
    imported = submit_import(services, file)
    run_all(services, imported, "import")
    job_id = submit_explanation(
        services, model=f"job:{imported}", split="test[0:3]", methods=["gradcam", "integrated_gradients"], target=4
    )
    assert run_all(services, job_id, "shard-00000").state is JobState.SUCCEEDED
    report = stored_report(services.store, job_id, "shard-00000")
    images = np.stack(
        [resize(one.image, SIZE) for one in read("synthetic_flowers", "test", stop=3) if one.image is not None]
    )
    for method, expected in (("gradcam", gradcam(nested, images)), ("integrated_gradients", gradients(nested, images))):
        for found, wanted in zip(raw_maps(services, report, method), expected, strict=True):
            assert np.corrcoef(found.ravel(), wanted.ravel())[0, 1] > 0.99
            assert np.abs(found).max() == pytest.approx(np.abs(wanted).max(), rel=0.1)


def score_of(nested: keras.Model, features: Any) -> Any:
    """The logit of class 4 minus the mean of all, by the original's head without its softmax, from its features."""
    dense = nested.layers[-1]
    logits = keras.ops.mean(features, axis=(1, 2)) @ dense.kernel + dense.bias
    return logits[:, 4] - keras.ops.mean(logits, axis=1)


def gradcam(nested: keras.Model, images: Any) -> Any:
    """GradCAM by plain autodiff on the original model, at the size of its features."""

    with tf.GradientTape() as tape:
        features = nested.layers[0](images / np.float32(127.5) - np.float32(1))
        tape.watch(features)
        score = score_of(nested, features)
    weights = tf.reduce_mean(tape.gradient(score, features), axis=(1, 2))
    return np.asarray(tf.nn.relu(tf.einsum("nhwc,nc->nhw", features, weights)))


def gradients(nested: keras.Model, images: Any, steps: int = 256) -> Any:
    """Integrated Gradients from black by the midpoint rule on the original model, summed over channels."""

    total = np.zeros(images.shape[:3])
    for step in range(steps):
        place = tf.constant(images * np.float32((step + 0.5) / steps))
        with tf.GradientTape() as tape:
            tape.watch(place)
            score = score_of(nested, nested.layers[0](place / 127.5 - 1))
        total += np.asarray(tf.reduce_sum(tape.gradient(score, place) * images, axis=-1)) / steps
    return total


def raw_maps(services: Services, report: Report, method: str) -> Any:
    artifact = next(one for one in report.artifacts if one.name.endswith(f"{method}.npz"))
    packed = np.load(io.BytesIO(services.store.get(artifact.key)))
    return packed["maps"].astype(np.float32) * packed["scale"][:, None, None]


def with_a_lambda(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                config["config"]["layers"][2]["class_name"] = "Lambda"
                content = json.dumps(config).encode()
            new.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("change", "options", "field", "words"),
    [
        (lambda data: data[: len(data) // 2], {}, "upload", "only the beginning"),
        (lambda _: b"PK hello", {}, "upload", "no .keras file"),
        (with_a_lambda, {}, "upload", "is a Lambda"),
        (bytes, {"classes": 3}, "classes", "3 classes were named, but the model has 9"),
        (bytes, {"image_size": 64}, "image_size", "takes 32 x 32"),
        (bytes, {"feature_layer": "conv9"}, "feature_layer", "its last are"),
    ],
)
def test_a_file_that_cannot_be_used_fails_its_job_with_a_reason(
    services: Services, file: bytes, change: Any, options: dict[str, Any], field: str, words: str
) -> None:
    end = run_all(services, submit_import(services, change(file), **options), "import")
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert end.error.field == field
    assert words in end.error.message
    assert services.store.head(keys.model(end.job_id)) is None


def test_an_upload_that_was_damaged_or_removed_is_asked_for_again(services: Services, file: bytes) -> None:
    job_id = submit_import(services, file)
    key = keys.upload(hashlib.sha256(file).hexdigest())
    services.store.put(key, b"something else")
    end = run_all(services, job_id, "import")
    assert end.error is not None
    assert (end.error.field, "send the file again" in end.error.message) == ("upload", True)
    services.store.delete(key)
    spec = spec_adapter.validate_python({"kind": "import", "upload": key[-64:], "preprocessing": "none"})
    gone = submit(spec, store=services.store, board=services.board, queue=services.queue).job.id
    run_step(gone, "plan", services)
    assert JobEnd.decode(services.store.get(keys.end(gone))).state is JobState.FAILED
