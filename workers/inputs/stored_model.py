"""Model files in the store, and a cache of what was built of the last ones: loading and compiling takes seconds."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from jobs.models.artifact import Artifact
from ml.models.saved_model import load_model
from store.base import ObjectStore

Options = TypeVar("Options", bound=Hashable)
Built = TypeVar("Built")


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


class ModelCache:
    """Keeps what was built of the models that were used last; of each model, the few things that were used last."""

    def __init__(self, *, models: int, built_of_each: int) -> None:
        self._models = models
        self._built_of_each = built_of_each
        self._kept: OrderedDict[StoredModel, OrderedDict[Hashable, Any]] = OrderedDict()
        self._lock = threading.RLock()  # building one thing may ask for another

    def get(self, model: StoredModel, build: Callable[[StoredModel, Options], Built], options: Options) -> Built:
        """What ``build`` makes of the model and the options, now or earlier."""
        with self._lock:
            built = self._kept.setdefault(model, OrderedDict())
            self._kept.move_to_end(model)
            key = (build, options)
            if key not in built:
                built[key] = build(model, options)
            built.move_to_end(key)
            self._trim()
            found: Built = built[key]
            return found

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def _trim(self) -> None:
        while len(self._kept) > self._models:
            self._kept.popitem(last=False)
        for built in self._kept.values():
            while len(built) > self._built_of_each:
                built.popitem(last=False)


# An evaluation compares a model with a baseline. An explanation needs the model itself, an explainer of it, one for
# each of five stages at which weights are drawn anew, and a function for its probabilities.
model_cache = ModelCache(models=2, built_of_each=8)
