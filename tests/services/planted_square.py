"""Pictures of three classes, one of which has a magenta square in a corner, and a network that looks at it alone."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
from PIL import Image

from jobs import keys
from jobs.models.artifact import Artifact
from ml.models.saved_model import save_model
from store.base import ObjectStore
from tests.integration.workers.conftest import SIZE, published

DATASET = "store:datasets/squares"
CLASSES = ("square", "dark", "light")
MODEL = "squares"
SIDE = 8


def put_pictures(store: ObjectStore, *, each: int = 12) -> None:
    """Noisy pictures in folders of their classes: the square is the same in all of its class."""
    for label, name in enumerate(CLASSES):
        for number in range(each):
            buffer = io.BytesIO()
            Image.fromarray(picture(label, seed=1000 * label + number)).save(buffer, "PNG")
            store.put(f"datasets/squares/{name}/{number:02d}.png", buffer.getvalue())


def picture(label: int, *, seed: int) -> npt.NDArray[np.uint8]:
    """One picture (32, 32, 3) of a class."""
    grey = (128, 70, 190)[label]
    noise = np.random.default_rng(seed).integers(-40, 41, (SIZE, SIZE, 1))
    pixels = np.repeat(np.clip(grey + noise, 0, 255), 3, axis=2).astype(np.uint8)
    if CLASSES[label] == "square":
        pixels[:SIDE, :SIDE] = (255, 0, 255)
    return pixels


def publish(store: ObjectStore, folder: Path) -> None:
    """Publish the network under the id ``MODEL``."""
    save_model(network(), folder / "model.keras")
    data = (folder / "model.keras").read_bytes()
    key = f"jobs/{MODEL}/attempts/train/one/model.keras"
    store.put(key, data)
    digest = hashlib.sha256(data).hexdigest()
    changes = {
        "id": MODEL,
        "job_id": MODEL,
        "class_names": CLASSES,
        "dataset": DATASET,
        "feature_layer": "features",
        "checkpoint": Artifact(name="model.keras", key=key, size=len(data), sha256=digest),
    }
    store.put(keys.model(MODEL), published(key, data).model_copy(update=changes).encode())


def network() -> keras.Model:
    """Channels of magenta, of darkness and of light; a square outweighs what the rest of the picture is."""
    image = keras.Input((SIZE, SIZE, 3), name="image")
    cells = keras.layers.AveragePooling2D(4)(keras.layers.Rescaling(1 / 255)(image))
    channels = keras.layers.Conv2D(3, 1, activation="relu", name="features")
    head = keras.layers.Dense(3, name="logits")
    model = keras.Model(image, head(keras.layers.GlobalAveragePooling2D()(channels(cells))))
    third = 1 / 3
    kernel = np.asarray([[0.5, -third, third], [-1.0, -third, third], [0.5, -third, third]], np.float32)
    channels.set_weights([kernel[None, None], np.asarray([-0.3, 1.0, 0.0], np.float32)])
    head.set_weights([np.diag([100.0, 4.0, 4.0]).astype(np.float32), np.zeros(3, np.float32)])
    return model
