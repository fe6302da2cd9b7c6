"""The splits of a training as its phases need them: images in memory, or pooled features out of the cache."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from ml.augmentation import AUGMENTED, RandomAugmentation, is_augmented
from ml.batches import Batch, Labelled, batches, batches_of, in_memory
from ml.datasets import describe, read
from ml.errors import BadOption, MlError
from ml.evaluation import EVALUATION_BATCH
from ml.example import DatasetDescription, Example, window_of
from ml.feature_cache import Features, FeatureStore, Skipped, digest_of, fetch, keep, stack
from ml.frozen_backbone import FrozenBackbone, frozen_backbone
from ml.input_pipeline import InputPipeline
from ml.options import TrainingOptions
from ml.progress import Activity, Reporter
from ml.randomness import shuffled

VIEW_SEED = 20_100
"""Views depend on their number alone, so that trainings of all seeds share them."""
MakeReporter = Callable[[Activity, int], Reporter]


class TrainingData:
    """Reads each split at most once, and computes each feature at most once."""

    def __init__(
        self, options: TrainingOptions, description: DatasetDescription, store: FeatureStore, reporter: MakeReporter
    ) -> None:
        self.options = options
        self.description = description
        self._store = store
        self._reporter = reporter
        self._features: dict[str, Features] = {}
        self._images: dict[str, Labelled] = {}
        self._skipped: dict[str, Skipped] = {}
        self._pixel_digests: dict[str, str] = {}

    @property
    def skipped(self) -> Skipped:
        """Image id and reason for each image that could not be used, in any split that was needed."""
        return tuple(pair for split in self._skipped.values() for pair in split)

    def size(self, split: str) -> int:
        """How many images a split has, usable or not."""
        return len(window_of(self.description, split)[1])

    def usable(self, split: str) -> int:
        """How many images of a split could be used; one that nothing was read of yet is looked through."""
        if split not in self._skipped:
            deque(self._usable(split, "loading"), maxlen=0)
        return self.size(split) - len(self._skipped[split])

    def images(self, split: str) -> Labelled:
        """All usable images of a split, in memory.

        Raises:
            MlError: there are none, or too many.
        """
        if split not in self._images:
            at_most = self.size(split)
            data = in_memory(self._usable(split, "loading"), at_most, image_size=self.options.image_size)
            self._images[split] = self._require_some(data, split)
        return self._images[split]

    def stream(self, split: str, activity: Activity) -> Iterator[Batch]:
        """All usable images of a split, in passing."""
        if split in self._images:
            return batches(self._images[split], EVALUATION_BATCH)
        examples = self._usable(split, activity)
        return batches_of(examples, EVALUATION_BATCH, image_size=self.options.image_size)

    def features(self, split: str, activity: Activity = "features") -> Features:
        """What the frozen backbone sees in the images of a split as they are."""
        if split not in self._features:
            self._features[split] = self._fetched_or_computed(split, activity)
        return self._features[split]

    def varied_features(self, split: str) -> Features:
        """What the frozen backbone sees in ``feature_views`` varied and mixed views of each image of a split."""
        backbone = self.backbone(self.options.view_size)
        views = [self._view(split, number, backbone) for number in range(self.options.feature_views)]
        return stack(views)

    def backbone(self, size: int | None = None) -> FrozenBackbone:
        """The pretrained network for images of a size in pixels, None: the published model's; it never changes.

        Raises:
            UnknownName: no such network, or no such weights for it.
            WeightsUnavailable: the weights are nowhere to be had.
        """
        options = self.options
        return frozen_backbone(
            options.backbone,
            image_size=size or options.image_size,
            weights=options.weights,
            weights_dir=options.weights_dir,
        )

    def pipeline(self, split: str, class_weights: NDArray[np.float32]) -> InputPipeline:
        """Images to learn from, varied and mixed as the options say."""
        augment = augmenter(self.options)
        images = self.images(split)
        return InputPipeline(images, augment=augment, mixing=self.options.mixing, class_weights=class_weights)

    def _fetched_or_computed(self, split: str, activity: Activity) -> Features:
        backbone = self.backbone()
        digest = self._digest(split, backbone, size=self.options.image_size)
        features = fetch(self._store, digest)
        if features is None:
            features = self._plain(split, backbone, activity)
            keep(self._store, digest, features)
        self._skipped.setdefault(split, features.skipped)
        return features

    def _view(self, split: str, number: int, backbone: FrozenBackbone) -> Features:
        options = self.options
        variation = {
            "view": number,
            "augmentation": asdict(options.augmentation) if options.pipeline == AUGMENTED else None,
            "mixing": asdict(options.mixing),
            "from": options.image_size,
        }
        digest = self._digest(split, backbone, size=options.view_size, **variation)
        features = fetch(self._store, digest)
        if features is None:
            features = self._varied(split, number, backbone)
            keep(self._store, digest, features)
        self._skipped.setdefault(split, features.skipped)
        return features

    def _plain(self, split: str, backbone: FrozenBackbone, activity: Activity) -> Features:
        pooled, labels = [], []
        for batch in self.stream(split, activity):
            pooled.append(np.asarray(backbone.pool(batch.inputs))[: batch.images])
            labels.append(batch.labels[: batch.images])
        if not labels:
            raise self._none(split)
        known = np.concatenate(labels)
        return Features(np.concatenate(pooled), known, known, np.ones(len(known), np.float32), self._skipped[split])

    def _varied(self, split: str, number: int, backbone: FrozenBackbone) -> Features:
        """One view: batches in random order, so that neighbours mix; the rows are put back into the split's order."""
        classes = len(self.description.class_names)
        pipeline = self.pipeline(split, np.ones(classes, np.float32))
        count = len(self.images(split))
        order = shuffled(count, seed=VIEW_SEED, epoch=number)
        back = np.argsort(order)
        reporter = self._reporter("features", self.options.feature_views * count)
        parts = []
        for batch in pipeline.batches(order, EVALUATION_BATCH, seed=(VIEW_SEED, number)):
            arrays = (backbone.pool(batch.inputs), batch.labels, batch.partners, batch.shares)
            parts.append([np.asarray(array) for array in arrays])
            done = min(len(parts) * EVALUATION_BATCH, count)
            reporter.tell(number * count + done, done)
        pooled, labels, partners, shares = (np.concatenate(column)[:count][back] for column in zip(*parts, strict=True))
        return Features(pooled, labels, partners, shares, self._skipped[split])

    def _digest(self, split: str, backbone: FrozenBackbone, **facts: object) -> str:
        data = self.description
        return digest_of(
            dataset=data.name,
            version=data.version,
            split=split,
            images=self.size(split),
            backbone=self.options.backbone,
            weights=backbone.digest,
            pixels=self._pixels(split) if self.options.folder is not None else None,
            **facts,
        )

    def _pixels(self, split: str) -> str:
        """Digest of the images themselves: a folder may change without its listing showing it."""
        if split not in self._pixel_digests:
            self._pixel_digests[split] = hashlib.sha256(self.images(split).inputs.tobytes()).hexdigest()
        return self._pixel_digests[split]

    def _usable(self, split: str, activity: Activity) -> Iterator[Example]:
        """Read a split and note down what cannot be used."""
        name, window = window_of(self.description, split)
        reporter = self._reporter(activity, len(window))
        skipped: list[tuple[str, str]] = []
        for example in reporter.watch(self._read(name, window)):
            error = example.error or self._wrong_label(example.label)
            if error:
                skipped.append((example.image_id, error))
            else:
                yield example
        self._skipped[split] = tuple(skipped)

    def _read(self, name: str, window: range) -> Iterator[Example]:
        options = self.options
        return read(
            options.dataset,
            name,
            start=window.start,
            stop=window.stop,
            data_dir=options.data_dir,
            folder=options.folder,
        )

    def _wrong_label(self, label: int | None) -> str | None:
        classes = len(self.description.class_names)
        if label is None:
            return "it has no label"
        return None if 0 <= label < classes else f"its label {label} is out of range: there are {classes} classes"

    def _require_some(self, data: Labelled, split: str) -> Labelled:
        if not len(data):
            raise self._none(split)
        return data

    def _none(self, split: str) -> MlError:
        reasons = [reason for _, reason in self._skipped.get(split, ())]
        because = f"; the first: {reasons[0]}" if reasons else ""
        return MlError(f"data set {self.options.dataset!r}: there is not one usable image in split {split!r}{because}")


def augmenter(options: TrainingOptions) -> RandomAugmentation | None:
    """The layers of the pipeline; None where images stay as they are.

    Raises:
        UnknownName: no such pipeline.
    """
    return RandomAugmentation(options.augmentation, options.view_size) if is_augmented(options.pipeline) else None


def described(options: TrainingOptions) -> DatasetDescription:
    """What is known of the data set before it is read.

    Raises:
        UnknownName: there is no such data set, or no such split.
        DatasetUnavailable: it is not on disk and cannot be downloaded.
    """
    description = describe(options.dataset, data_dir=options.data_dir, folder=options.folder)
    for split in (options.train_split, options.validation_split, options.test_split):
        if split is not None:
            window_of(description, split)
    return description


def require_a_batch(options: TrainingOptions, images: int, what: str) -> None:
    """Let a training pass whose batches are no larger than its split.

    Raises:
        BadOption: they are.
    """
    if images < options.batch_size:
        raise BadOption(
            f"batch_size {options.batch_size} is more than the {images} {what} of split "
            f"{options.train_split!r}: choose a smaller batch_size",
            field="batch_size",
        )


def require_learnable(options: TrainingOptions, description: DatasetDescription, labels: NDArray[np.int32]) -> None:
    """Let training images pass whose labels are these.

    Raises:
        BadOption: they are fewer than a batch, or a class has none.
    """
    require_a_batch(options, len(labels), "usable images")
    counts = np.bincount(labels, minlength=len(description.class_names))
    empty = [name for name, count in zip(description.class_names, counts, strict=True) if not count]
    if empty:
        raise BadOption(
            f"split {options.train_split!r} of {options.dataset!r} has not one usable image of {len(empty)} "
            f"classes, {', '.join(empty[:5])} among them: nothing can be learnt of these",
            field="splits.train",
        )
