"""A model's file in the store, as what is made of it is cached by."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.models.artifact import Artifact
from ml.models.saved_model import load_model
from store.base import ObjectStore


@dataclass(frozen=True)
class StoredModel:
    """A file and where to get it; two of them are the same if the file is."""

    file: Artifact
    store: ObjectStore = field(compare=False)

    def load(self) -> Any:
        """Fetch and read it.

        Raises:
            Corrupt: its bytes are not what was published.
            MlError: they are not a model.
        """
        with tempfile.TemporaryDirectory(prefix="florescope-") as folder:
            path = Path(folder) / "model.keras"
            self.store.get_file(self.file.key, path, sha256=self.file.sha256)
            return load_model(path)
