"""Jobs by methods that packages add: what they leave, and what they say where a package is missing or broken."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from jobs import keys
from jobs.job import JobEnd, Problem
from jobs.results.record import ImageRecord
from jobs.state import JobState
from tests.integration.workers.conftest import SIZE, submit_explanation
from tests.services.gathered import stored_report
from tests.services.method_packages import install_example, installed, write_method
from workers.inputs.stored_model import model_cache
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

FIRST = "shard-00000"
MAP = "from ml.attribution.image_method import ImageMap\nimport numpy\n\n\ndef run(request):\n    "
OCCLUSION = {"methods": ["gradcam", "occlusion"], "method_options": {"occlusion": {"window": 8, "stride": 8}}}


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of examples/plugin, installed by pip into a folder."""
    folder: Path = tmp_path_factory.mktemp("example")
    install_example(folder)
    return folder


@pytest.fixture(autouse=True)
def no_explainer_of_another_test() -> None:
    model_cache.clear()


@pytest.fixture
def path() -> Iterator[ExitStack]:
    """Where packages are installed, as long as a test runs."""
    with ExitStack() as stack:
        yield stack


def run(services: Services, job_id: str, *steps: str) -> JobEnd:
    for step in steps or ("plan", FIRST, "finalize"):
        run_step(job_id, step, services)
    return JobEnd.decode(services.store.get(keys.end(job_id)))


def ended(services: Services, **changes: Any) -> tuple[JobEnd, list[ImageRecord]]:
    """The end of a job of four images by the method ``sour``, and what is recorded of them."""
    job_id = submit_explanation(services, **{"split": "test[0:4]", "methods": ["sour"], **changes})
    run_step(job_id, "plan", services)
    run_step(job_id, FIRST, services)
    if services.store.head(keys.end(job_id)) is not None:
        return JobEnd.decode(services.store.get(keys.end(job_id))), []
    records = list(stored_report(services.store, job_id, FIRST).records)
    return run(services, job_id, "finalize"), records


def problem(end: JobEnd) -> Problem:
    assert end.state is JobState.FAILED
    assert end.error is not None
    assert "Traceback" not in end.error.message
    return end.error


def test_a_job_by_the_example_leaves_all_that_a_built_in_method_leaves(
    services: Services, example: Path, path: ExitStack
) -> None:
    path.enter_context(installed(example))
    job_id = submit_explanation(services, **OCCLUSION, split="test[0:4]", metrics=["deletion", "randomization"])
    end = run(services, job_id)
    assert end.state is JobState.SUCCEEDED, end.error
    report = stored_report(services.store, job_id, FIRST)
    found = report.records[0].method("occlusion")
    assert found is not None
    assert found.overlay is not None
    assert (found.layer, found.baseline, found.flags) == (None, None, ())
    assert (found.values["windows"], found.values["evaluations"]) == (16, 17)
    assert {"focus", "deletion_auc", "spearman_cascade_1"} <= found.values.keys()
    assert report.values["added_methods"] == {
        "occlusion": {
            "package": "florescope-occlusion 0.1.0",
            "options": {"window": 8, "stride": 8, "fill": "grey"},
        }
    }
    page = services.store.get(keys.file(job_id, "report.html")).decode()
    assert "Covers one window of the image after another." in page


def test_its_raw_maps_and_rows_are_those_of_the_method(services: Services, example: Path, path: ExitStack) -> None:
    path.enter_context(installed(example))
    job_id = submit_explanation(services, **OCCLUSION, split="test[0:4]", outputs=["raw"], contrast="none")
    assert run(services, job_id).state is JobState.SUCCEEDED
    report = stored_report(services.store, job_id, FIRST)
    packed = next(each for each in report.artifacts if each.name == f"{FIRST}/occlusion.npz")
    with np.load(io.BytesIO(services.store.get(packed.key))) as arrays:
        maps = arrays["maps"] * arrays["scale"][:, None, None]
    assert maps.shape == (4, SIZE, SIZE)
    blocks = maps.reshape(4, 4, 8, 4, 8)  # windows of 8 pixels, side by side
    assert np.ptp(blocks, axis=(2, 4)).max() == 0
    assert np.ptp(maps) > 0
    rows = pq.read_table(io.BytesIO(services.store.get(keys.file(job_id, "results.parquet"))))
    assert rows.column("method").to_pylist() == ["gradcam", "occlusion"] * 4
    assert rows.column("evaluations").to_pylist() == [None, 17] * 4


@pytest.mark.parametrize("steps_before", [(), ("plan",)])
def test_a_worker_without_the_package_fails_the_job_with_that_reason(
    services: Services, example: Path, steps_before: tuple[str, ...]
) -> None:
    with installed(example):
        job_id = submit_explanation(services, **OCCLUSION)
        for step in steps_before:
            run_step(job_id, step, services)
    said = problem(run(services, job_id, FIRST if steps_before else "plan"))
    assert said.field == "methods.1"
    assert said.message.startswith("method 'occlusion' is not installed on worker test@here: install the package")
    assert said.message.endswith("installed are gradcam, gradcam++, layercam, integrated_gradients")


def test_a_job_is_finalized_where_its_package_is_not_installed(services: Services, example: Path) -> None:
    with installed(example):
        job_id = submit_explanation(services, **OCCLUSION, split="test[0:4]")
        for step in ("plan", FIRST):
            run_step(job_id, step, services)
    assert run(services, job_id, "finalize").state is JobState.SUCCEEDED
    assert "occlusion" in services.store.get(keys.file(job_id, "report.html")).decode()


def test_a_worker_whose_package_takes_other_options_names_the_field(
    services: Services, tmp_path: Path, path: ExitStack
) -> None:
    write_method(tmp_path, "")
    path.enter_context(installed(tmp_path))
    end, _ = ended(services, method_options={"sour": {"windows": 4}})
    assert problem(end).field == "method_options.sour.windows"


BROKEN = [
    ("import nowhere", "cannot be loaded from sour.work:run: ModuleNotFoundError: No module named 'nowhere'"),
    ("walk = 1", "cannot be loaded from sour.work:run: AttributeError"),
    ("raise SystemExit('no licence')", "cannot be loaded from sour.work:run: SystemExit: no licence"),
    ("run = 1", "cannot be loaded: sour.work:run is no function"),
    (f"{MAP}return 1", "gave a value of type int: expected ImageMap"),
    (f"{MAP}return ImageMap(numpy.zeros((3, 4)))", f"gave a map of shape (3, 4): expected ({SIZE}, {SIZE})"),
]


@pytest.mark.parametrize(("function", "reason"), BROKEN)
def test_a_broken_package_fails_the_job_and_is_named(
    services: Services, tmp_path: Path, path: ExitStack, function: str, reason: str
) -> None:
    write_method(tmp_path, function)
    path.enter_context(installed(tmp_path))
    said = problem(ended(services)[0])
    assert said.field == "methods"
    assert said.message.startswith("method 'sour' of sour 1.0 ")
    assert reason in said.message


def test_images_on_which_a_method_fails_are_recorded_with_the_reason(
    services: Services, tmp_path: Path, path: ExitStack
) -> None:
    write_method(tmp_path, f"{MAP}raise ValueError('nothing to see')")
    path.enter_context(installed(tmp_path))
    end, records = ended(services, max_failure_rate=1)
    assert end.state is JobState.COMPLETED_WITH_ERRORS
    assert {record.error for record in records} == {"method 'sour' of sour 1.0 failed: ValueError: nothing to see"}


def test_a_map_with_broken_numbers_is_flagged_and_stored_all_the_same(
    services: Services, tmp_path: Path, path: ExitStack
) -> None:
    write_method(tmp_path, f"{MAP}return ImageMap(request.image[..., 0] * numpy.nan)")
    path.enter_context(installed(tmp_path))
    end, records = ended(services, metrics=["deletion", "localization"])
    assert end.state is JobState.SUCCEEDED, end.error
    assert {record.methods[0].flags for record in records} == {("non_finite",)}
    assert all(record.methods[0].overlay for record in records)


def test_a_package_may_add_a_method_of_a_layer(services: Services, tmp_path: Path, path: ExitStack) -> None:
    function = "def run(features, gradients, options):\n    return options.window * features[:, None, ..., 0] + 0 * "
    write_method(tmp_path, function + "gradients[..., 0]", of_layer=True)
    path.enter_context(installed(tmp_path))
    end, records = ended(services, layer="block5_relu")
    assert end.state is JobState.SUCCEEDED, end.error
    assert {record.methods[0].layer for record in records} == {"block5_relu"}
