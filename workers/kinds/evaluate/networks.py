"""The networks that were used last, kept: loading and compiling takes seconds, and a job has many shards."""

from __future__ import annotations

from functools import lru_cache

from jobs.errors import InvalidSpec
from jobs.models.model import PublishedModel
from ml.errors import MlError
from ml.evaluation.predictor import CamPredictor, LogitPredictor, Predictor
from workers.inputs.stored_model import StoredModel
from workers.step.services import Services

# A model and the baseline that it is compared with.
_KEPT = 2


def network_of(model: PublishedModel, services: Services, *, batch_size: int, maps: bool) -> Predictor:
    """A compiled network, which draws GradCAM maps if they are wanted.

    Raises:
        Corrupt: the checkpoint's bytes are not what was published.
        InvalidSpec: the model cannot be used as asked.
    """
    feature_layer = model.feature_layer if maps else None
    try:
        return _network(StoredModel(model.checkpoint, services.store), feature_layer, batch_size)
    except MlError as error:
        raise InvalidSpec(str(error), field="model") from error


@lru_cache(maxsize=_KEPT)
def _network(checkpoint: StoredModel, feature_layer: str | None, batch_size: int) -> Predictor:
    model = checkpoint.load()
    if feature_layer is None:
        return LogitPredictor(model, batch_size=batch_size)
    return CamPredictor(model, feature_layer=feature_layer, batch_size=batch_size)
