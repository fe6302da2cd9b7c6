"""Provides features of a frozen backbone for the splits of a training: from the store, or computed and stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import cache, lru_cache, partial

import numpy as np

from ml.evaluation.accuracy import EVALUATION_BATCH, Predict, predict_function
from ml.models.layer_graph import stem_of
from ml.training.augmentation.strengths import AUGMENTED
from ml.training.feature_cache import Features, FeatureStore, digest_of, fetch, keep, stack
from ml.training.frozen_backbone import KEPT, FrozenBackbone, frozen_backbone
from ml.training.input_pipeline import InputPipeline
from ml.training.progress import Activity
from ml.training.randomness import shuffled
from ml.training.training_data import TrainingData

VIEW_SEED = 20_100
"""Views depend only on their number, so that trainings with different seeds share them."""


class FrozenFeatures:
    """Computes each feature at most once; ``layer_index`` is the layer whose output is used, None for the pooling."""

    def __init__(self, data: TrainingData, store: FeatureStore) -> None:
        self._data = data
        self._options = data.options
        self._store = store
        self._original: dict[tuple[str, int | None], Features] = {}

    @property
    def views(self) -> int:
        """How many views of each training image there are."""
        return self._options.feature_views if self._options.varies else 1

    def backbone(self, size: int | None = None) -> FrozenBackbone:
        """The frozen network for images of this size in pixels; None: the size of the published model.

        Raises:
            UnknownName: no such network, or no such weights for it.
            WeightsUnavailable: the weights are not on disk and could not be downloaded.
        """
        options = self._options
        return frozen_backbone(
            options.backbone,
            image_size=size or options.image_size,
            weights=options.weights,
            weights_dir=options.weights_dir,
        )

    def training_features(self, split: str, *, layer_index: int | None = None) -> Features:
        """All views of a split, concatenated: augmented and mixed according to the options, or the original images."""
        if not self._options.varies:
            return self.original_features(split, layer_index=layer_index)
        pipeline = cache(partial(self._pipeline, split))  # one for all views, and none where all were kept
        return stack(self._view(split, number, layer_index, pipeline) for number in range(self.views))

    def original_features(
        self, split: str, activity: Activity = "features", *, layer_index: int | None = None
    ) -> Features:
        """The original images of a split, neither augmented nor mixed."""
        if (split, layer_index) not in self._original:
            digest = self._digest(split, layer_index, size=self._options.image_size)
            features = fetch(self._store, digest)
            if features is None:
                features = self._compute_originals(split, activity, layer_index)
                keep(self._store, digest, features)
            self._data.note_skipped(split, features.skipped)
            self._original[split, layer_index] = features
        return self._original[split, layer_index]

    def _pipeline(self, split: str) -> InputPipeline:
        return self._data.pipeline(split, np.ones(len(self._data.description.class_names), np.float32))

    def _view(
        self, split: str, number: int, layer_index: int | None, pipeline: Callable[[], InputPipeline]
    ) -> Features:
        options = self._options
        variation = {
            "view": number,
            "augmentation": asdict(options.augmentation) if options.pipeline == AUGMENTED else None,
            "mixing": asdict(options.mixing),
            "from": options.image_size,
        }
        digest = self._digest(split, layer_index, size=options.view_size, **variation)
        features = fetch(self._store, digest)
        if features is None:
            features = self._compute_view(split, number, layer_index, pipeline())
            keep(self._store, digest, features)
        self._data.note_skipped(split, features.skipped)
        return features

    def _compute_originals(self, split: str, activity: Activity, layer_index: int | None) -> Features:
        network = _network_up_to(self.backbone(), layer_index)
        values, labels = [], []
        for batch in self._data.stream(split, activity):
            values.append(np.asarray(network(batch.inputs))[: batch.images])
            labels.append(batch.labels[: batch.images])
        if not labels:
            raise self._data.no_usable_images(split)
        known = np.concatenate(labels)
        shares = np.ones(len(known), np.float32)
        return Features(np.concatenate(values), known, known, shares, self._data.skipped_of(split))

    def _compute_view(self, split: str, number: int, layer_index: int | None, pipeline: InputPipeline) -> Features:
        """One view, in batches of random order, so that any images may mix; rows are returned in the split's order."""
        data, network = self._data, _network_up_to(self.backbone(self._options.view_size), layer_index)
        count = len(data.images(split))
        order = shuffled(count, seed=VIEW_SEED, epoch=number)
        reporter = data.reporter("features", self.views * count)
        parts = []
        for batch in pipeline.batches(order, EVALUATION_BATCH, seed=(VIEW_SEED, number)):
            arrays = (network(batch.inputs), batch.labels, batch.partners, batch.shares)
            parts.append([np.asarray(array) for array in arrays])
            done = min(len(parts) * EVALUATION_BATCH, count)
            reporter.report(number * count + done, done)
        back = np.argsort(order)
        values, labels, partners, shares = (np.concatenate(column)[:count][back] for column in zip(*parts, strict=True))
        return Features(values, labels, partners, shares, data.skipped_of(split))

    def _digest(self, split: str, layer_index: int | None, *, size: int, **facts: object) -> str:
        data, fold = self._data, self._options.fold
        if fold is not None and split == self._options.train_split:
            facts |= {"without": asdict(fold), "dealt": "all"}  # before, those alone that could be used were dealt
        return digest_of(
            dataset=data.description.name,
            version=data.description.version,
            split=split,
            images=data.size(split),
            backbone=self._options.backbone,
            weights=self.backbone(size).digest,
            contents=data.contents(split),
            size=size,
            **(facts if layer_index is None else facts | {"layer": layer_index}),
        )


@lru_cache(maxsize=2 * KEPT)
def _network_up_to(backbone: FrozenBackbone, layer_index: int | None) -> Predict:
    """The compiled network up to the output of a layer."""
    return backbone.pool if layer_index is None else predict_function(stem_of(backbone.model, layer_index))
