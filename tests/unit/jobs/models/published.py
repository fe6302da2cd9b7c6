"""Makes published models for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from jobs.models.artifact import Artifact
from jobs.models.model import PublishedModel


def published(**facts: Any) -> PublishedModel:
    """A model of two classes; ``facts`` take the place of what it is otherwise."""
    given: dict[str, Any] = {
        "id": "m",
        "name": None,
        "job_id": "m",
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "checkpoint": Artifact(name="model.keras", key="k", size=1, sha256="0" * 64),
        "image_size": 32,
        "feature_layer": "last",
        "class_names": ("rose", "tulip"),
        **facts,
    }
    return PublishedModel(**given)
