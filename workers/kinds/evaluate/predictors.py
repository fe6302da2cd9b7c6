"""The compiled predictor of a published model."""

from __future__ import annotations

from jobs.errors import InvalidSpec
from jobs.models.model import PublishedModel
from ml.errors import MlError
from ml.evaluation.predictor import CamPredictor, LogitPredictor, Predictor
from store.base import ObjectStore
from workers.inputs.stored_model import StoredModel, model_cache


def predictor_of(model: PublishedModel, store: ObjectStore, *, batch_size: int, maps: bool) -> Predictor:
    """A predictor, which gives GradCAM maps as well if they are wanted.

    Raises:
        Corrupt: the checkpoint's bytes are not what was published.
        InvalidSpec: the model cannot be used as asked.
    """
    feature_layer = model.feature_layer if maps else None
    try:
        return model_cache.get(StoredModel(model.checkpoint, store), _predictor, (feature_layer, batch_size))
    except MlError as error:
        raise InvalidSpec(str(error), field="model") from error


def _predictor(file: StoredModel, options: tuple[str | None, int]) -> Predictor:
    feature_layer, batch_size = options
    model = file.load()
    if feature_layer is None:
        return LogitPredictor(model, batch_size=batch_size)
    return CamPredictor(model, feature_layer=feature_layer, batch_size=batch_size)
