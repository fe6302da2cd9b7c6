"""What the API's description shows to people who write their first request."""

from __future__ import annotations

from typing import Any

from fastapi.openapi.models import Example

SPECS: dict[str, Example] = {
    "train": {
        "summary": "Train a small network on the built-in flowers",
        "value": {
            "kind": "train",
            "dataset": "synthetic_flowers",
            "backbone": "SmallCNN",
            "weights": "none",
            "image_size": 64,
            "pipeline": "augmented",
            "epochs": 8,
            "batch_size": 32,
            "optimizer": {"name": "adam", "learning_rate": 0.001},
            "seed": 0,
        },
    },
    "explain": {
        "summary": "Explain 64 test images with the model of a training job",
        "value": {
            "kind": "explain",
            "model": "job:01kaxm3v9w7t2c5h8qe4n6r1zd",
            "dataset": "synthetic_flowers",
            "split": "test[0:64]",
            "methods": ["gradcam", "integrated_gradients"],
            "target": "predicted",
            "ig": {"baseline": "black", "tolerance": 0.05, "max_evaluations": 512},
            "outputs": ["overlay", "raw"],
        },
    },
    "sweep": {
        "summary": "Try six settings, let the better ones train longer, publish the best",
        "value": {
            "kind": "sweep",
            "name": "learning rates",
            "base": {
                "kind": "train",
                "dataset": "synthetic_flowers",
                "backbone": "SmallCNN",
                "weights": "none",
                "image_size": 64,
                "epochs": 8,
            },
            "grid": {"optimizer.learning_rate": [0.003, 0.001, 0.0003], "batch_size": [32, 64]},
            "parallel": 2,
            "halving": {"factor": 3, "min_epochs": 2},
        },
    },
    "evaluate": {
        "summary": "Judge the model of a training job, also under worse light and from other angles",
        "value": {
            "kind": "evaluate",
            "model": "job:01kaxm3v9w7t2c5h8qe4n6r1zd",
            "dataset": "synthetic_flowers",
            "split": "test",
            "corruptions": ["brightness", "contrast", "rotation", "perspective", "zoom", "background"],
            "severities": [1, 3, 5],
        },
    },
    "preview": {
        "summary": "Look at what augmentation and mixing make of 16 training images",
        "value": {
            "kind": "preview",
            "dataset": "synthetic_flowers",
            "pipeline": "augmented",
            "mixing": "both",
            "images": 16,
        },
    },
}

SPECS["import"] = {
    "summary": "Import an uploaded Keras model",
    "value": {
        "kind": "import",
        "upload": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "preprocessing": "MobileNetV2",
        "classes": ["daisy", "rose", "tulip"],
    },
}

_PROBLEMS = {
    404: "There is no such thing.",
    422: "The request cannot be taken as it is; `errors` names each field.",
    503: "The store or the broker does not answer; try again.",
}


def problems(*statuses: int, **described: str) -> dict[int | str, dict[str, Any]]:
    """Declare problem answers: by status, or as ``p409="why"`` where the reason is particular."""
    texts = {status: _PROBLEMS[status] for status in statuses}
    texts.update({int(name.removeprefix("p")): text for name, text in described.items()})
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {
        status: {"description": text, "content": {"application/problem+json": {"schema": schema}}}
        for status, text in texts.items()
    }
