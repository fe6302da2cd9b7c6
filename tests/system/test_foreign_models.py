"""Models from elsewhere through a whole stack: imported, explained, evaluated and fetched by the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import pyarrow.parquet as pq
import pytest

from ml.data.datasets import describe
from tests.services.stack import Json, Stack
from tests.unit.ml.models.importing.keras_2 import save_h5
from tests.unit.ml.models.importing.test_legacy_file import teachable_machine

FLORESCOPE = Path(sys.executable).with_name("florescope")
CLASSES = describe("synthetic_flowers").class_names
IMAGES = 4


@dataclass(frozen=True)
class Foreign:
    """A model from elsewhere.

    Attributes:
        make: builds it, with nine outputs.
        save: writes it.
        file: its name.
        preprocessing: of its input.
        size: height and width of its input.
        layer: what its maps have to be asked of, where nothing stands on all paths to the logits.
    """

    make: Callable[[], keras.Model]
    save: Callable[[keras.Model, Path], None]
    file: str
    preprocessing: str
    size: tuple[int, int]
    layer: str | None = None


def convolutions(height: int, width: int, channels: int) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((height, width, channels)),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(9, "softmax"),
        ]
    )


def two_branches() -> keras.Model:
    image = keras.Input((40, 40, 3))
    left = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3, name="left")(image))
    right = keras.layers.GlobalMaxPooling2D()(keras.layers.Conv2D(4, 1, name="right")(image))
    return keras.Model(image, keras.layers.Dense(9)(keras.layers.Concatenate()([left, right])))


def in_keras_3(model: keras.Model, path: Path) -> None:
    model.save(path)


MODELS = {
    "grey": Foreign(lambda: convolutions(28, 28, 1), in_keras_3, "grey.keras", "zero_to_one", (28, 28)),
    "not square": Foreign(lambda: convolutions(24, 48, 3), in_keras_3, "wide.keras", "zero_to_one", (24, 48)),
    "teachable machine": Foreign(
        lambda: teachable_machine(classes=9), save_h5, "keras_model.h5", "minus_one_to_one", (32, 32)
    ),
    "two branches": Foreign(two_branches, in_keras_3, "branches.keras", "zero_to_one", (40, 40), layer="left"),
}


def florescope(stack: Stack, *words: str) -> Json:
    """What a command prints as JSON."""
    environment = {**stack.environment, "FLORESCOPE_API_URL": stack.url}
    ran = subprocess.run(
        [FLORESCOPE, *words, "--json"], check=False, env=environment, capture_output=True, text=True, timeout=240
    )
    assert ran.returncode == 0, f"{words}: {ran.stdout}{ran.stderr}\n{stack.logs()}"
    found: Json = json.loads(ran.stdout)
    return found


@pytest.mark.parametrize("foreign", MODELS.values(), ids=MODELS.keys())
def test_a_model_from_elsewhere_goes_all_the_way(stack: Stack, tmp_path: Path, foreign: Foreign) -> None:
    keras.utils.set_random_seed(0)
    file, names = tmp_path / foreign.file, tmp_path / "labels.txt"
    foreign.save(foreign.make(), file)
    names.write_text("".join(f"{number} {name}\n" for number, name in enumerate(CLASSES)), encoding="utf-8")
    imported = florescope(
        stack, "models", "import", str(file), "--preprocessing", foreign.preprocessing, "--classes", str(names)
    )
    model = imported["summary"]["model_id"]
    images = ["--model", model, "--dataset", "synthetic_flowers", "--split", f"test[0:{IMAGES}]"]
    layer = ["--layer", foreign.layer] if foreign.layer else []
    explained = florescope(stack, "explain", *images, "--max-evaluations", "64", *layer)
    assert (explained["state"], explained["summary"]["explained"]) == ("succeeded", IMAGES)
    shift = ["--no-gradcam-shift"] if foreign.layer else []
    judged = florescope(stack, "evaluate", *images, "--corruption", "noise", "--severity", "3", *shift)
    assert (judged["state"], judged["progress"]["done"]) == ("succeeded", IMAGES)
    florescope(stack, "fetch", explained["id"], "--to", str(tmp_path / "results"))
    maps = maps_of_layers(tmp_path / "results", foreign)
    assert stack.http.get(f"{stack.url}/jobs/{explained['id']}").status_code == 200
    assert explained["summary"]["flags"].get("one_branch", 0) == (maps if foreign.layer else 0)


def maps_of_layers(results: Path, foreign: Foreign) -> int:
    """How many rows tell of maps by GradCAM; a report and pictures of the model's size are there too."""
    assert b"</html>" in (results / "report.html").read_bytes()
    rows = pq.read_table(results / "results.parquet").to_pylist()
    assert {(row["method"], row["index"]) for row in rows} >= {
        (method, index) for method in ("gradcam", "integrated_gradients") for index in range(IMAGES)
    }
    assert {row["label"] for row in rows} <= set(range(len(CLASSES)))
    sizes: set[Any] = {picture_size(path) for path in results.rglob("*.jpg")}
    assert sizes == {foreign.size[::-1]}
    return sum(row["method"] == "gradcam" for row in rows)


def picture_size(path: Path) -> tuple[int, int]:
    from PIL import Image  # noqa: PLC0415

    with Image.open(path) as picture:
        return picture.size
