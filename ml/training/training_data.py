"""Reads the splits of a training, into memory or as a stream, and records which images could not be used."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ml.data.batches import Batch, LabelledArrays, batches, batches_of, in_memory
from ml.data.datasets import describe, read
from ml.data.example import DatasetDescription, Example, label_problem, resolve_split
from ml.errors import BadOption, MlError
from ml.evaluation.accuracy import EVALUATION_BATCH
from ml.training.augmentation.random_augmentation import RandomAugmentation
from ml.training.augmentation.strengths import is_augmented
from ml.training.feature_cache import Skipped
from ml.training.folds import Dealer, FoldCounts
from ml.training.input_pipeline import InputPipeline
from ml.training.options import TrainingOptions
from ml.training.progress import Activity, Reporter

_SHOWN = 5
TOGETHER = "+"
"""Between splits that are used as one."""

MakeReporter = Callable[[Activity, int], Reporter]


class TrainingData:
    """The splits of one training; images that were read are kept in memory."""

    def __init__(self, options: TrainingOptions, description: DatasetDescription, reporter: MakeReporter) -> None:
        self.options = options
        self.description = description
        self.reporter = reporter
        self._images: dict[str, LabelledArrays] = {}
        self._skipped: dict[str, Skipped] = {}
        self._digests: dict[str, str] = {}
        self._fold_counts: dict[str, FoldCounts] = {}

    @property
    def skipped(self) -> Skipped:
        """Image id and reason for each image that could not be used, in all splits that were read."""
        return tuple(pair for split in self._skipped.values() for pair in split)

    def size(self, split: str) -> int:
        """How many images a split has, usable or not."""
        return sum(len(window) for _, window in parts_of(self.description, split))

    def fold_counts(self, split: str) -> FoldCounts:
        """How many usable images of each label each fold of a split has; reads the split if need be."""
        if split not in self._fold_counts:
            self.images(split)
        return self._fold_counts[split]

    def held_out(self) -> Iterator[tuple[str, Example]]:
        """The usable training images of the fold that is not learnt from, each with the name of its split."""
        return self._read_usable(self.options.train_split, "testing", learnt=False)

    def skipped_of(self, split: str) -> Skipped:
        """The skipped images of one split that was read, or that ``note_skipped`` was called for."""
        return self._skipped[split]

    def note_skipped(self, split: str, skipped: Skipped) -> None:
        """Record the skipped images of a split that was read earlier, for example by another process."""
        self._skipped.setdefault(split, skipped)

    def usable(self, split: str) -> int:
        """How many images of a split are usable; reads the split if that is not known yet."""
        if split not in self._skipped:
            deque(self._usable(split, "loading"), maxlen=0)
        return self.size(split) - len(self._skipped[split])

    def images(self, split: str) -> LabelledArrays:
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
        """All usable images of a split, in batches that are not kept in memory."""
        if split in self._images:
            return batches(self._images[split], EVALUATION_BATCH)
        examples = self._usable(split, activity)
        return batches_of(examples, EVALUATION_BATCH, image_size=self.options.image_size)

    def pipeline(self, split: str, class_weights: NDArray[np.float32], *, size: int | None = None) -> InputPipeline:
        """The training images, augmented and mixed according to the options; ``size``: of the views, if another."""
        augment = augmenter(self.options, size or self.options.view_size)
        images = self.images(split)
        return InputPipeline(images, augment=augment, mixing=self.options.mixing, class_weights=class_weights)

    def contents(self, split: str) -> str | None:
        """Digest of pixels and labels, where they may change while names and sizes do not, as in a folder."""
        if self.options.folder is None or self.options.folder.fixed:
            return None
        if split not in self._digests:
            images = self.images(split)
            digest = hashlib.sha256(images.inputs.tobytes())
            digest.update(images.labels.tobytes())
            self._digests[split] = digest.hexdigest()
        return self._digests[split]

    def no_usable_images(self, split: str) -> MlError:
        """The error for a split without any usable image."""
        reasons = [reason for _, reason in self._skipped.get(split, ())]
        because = f"; the first: {reasons[0]}" if reasons else ""
        return MlError(f"data set {self.options.dataset!r}: there is not one usable image in split {split!r}{because}")

    def _usable(self, split: str, activity: Activity) -> Iterator[Example]:
        """The usable examples of a split, without those that are held out; the others are recorded as skipped."""
        return (example for _, example in self._read_usable(split, activity, learnt=True))

    def _read_usable(self, split: str, activity: Activity, *, learnt: bool) -> Iterator[tuple[str, Example]]:
        reporter = self.reporter(activity, self.size(split))
        skipped, counts = list[tuple[str, str]](), Counter[tuple[int, int]]()
        classes = len(self.description.class_names)
        fold = self.options.fold if split == self.options.train_split else None
        dealer = Dealer(fold.of if fold else self.options.folds or 1)
        for name, example in reporter.watch(self._read(split)):
            problem = label_problem(example.label, classes=classes)
            dealt = dealer.fold_of(example.label) if problem is None and example.label is not None else 0
            if example.error or problem or example.label is None:
                skipped.append((example.image_id, example.error or problem or ""))
                continue
            counts[example.label, dealt] += 1
            if fold is None or (dealt != fold.number) is learnt:
                yield name, example
        self._skipped[split], self._fold_counts[split] = tuple(skipped), counts

    def _read(self, split: str) -> Iterator[tuple[str, Example]]:
        """Each example with the name of its split."""
        options = self.options
        for name, window in parts_of(self.description, split):
            for example in read(
                options.dataset,
                name,
                start=window.start,
                stop=window.stop,
                data_dir=options.data_dir,
                folder=options.folder,
                image_size=options.image_size,
            ):
                yield name, example

    def _require_some(self, data: LabelledArrays, split: str) -> LabelledArrays:
        if not len(data):
            raise self.no_usable_images(split)
        return data


def augmenter(options: TrainingOptions, size: int) -> RandomAugmentation | None:
    """The augmentation of the pipeline; None where images are not augmented.

    Raises:
        UnknownName: no such pipeline.
    """
    return RandomAugmentation(options.augmentation, size) if is_augmented(options.pipeline) else None


def describe_dataset(options: TrainingOptions) -> DatasetDescription:
    """Describe the data set of a training, and check that its splits exist.

    Raises:
        UnknownName: no such data set, or no such split.
        DatasetUnavailable: it is not on disk and cannot be downloaded.
    """
    description = describe(options.dataset, data_dir=options.data_dir, folder=options.folder)
    for split in (options.train_split, options.validation_split, options.test_split):
        if split is not None:
            parts_of(description, split)
    return description


def parts_of(description: DatasetDescription, split: str) -> list[tuple[str, range]]:
    """The name and the indices of each part of a split; ``train+validation`` has two.

    Raises:
        UnknownName: no such split.
        MlError: a slice is malformed, or starts after the end.
    """
    return [resolve_split(description, part) for part in split.split(TOGETHER)]


def require_a_batch(options: TrainingOptions, images: int, what: str) -> None:
    """Require that a batch is not larger than the training split.

    Raises:
        BadOption: it is.
    """
    if images < options.batch_size:
        raise BadOption(
            f"batch_size {options.batch_size} is more than the {images} {what} of split "
            f"{options.train_split!r}: choose a smaller batch_size",
            field="batch_size",
        )


def check_training_labels(options: TrainingOptions, description: DatasetDescription, labels: NDArray[np.int32]) -> None:
    """Check the labels of the usable training images.

    Raises:
        BadOption: there are fewer than a batch, or a class has none.
    """
    require_a_batch(options, len(labels), "usable images")
    counts = np.bincount(labels, minlength=len(description.class_names))
    empty = [name for name, count in zip(description.class_names, counts, strict=True) if not count]
    if empty:
        shown = ", ".join(empty[:_SHOWN]) + (", …" if len(empty) > _SHOWN else "")
        raise BadOption(
            f"split {options.train_split!r} of {options.dataset!r} has not one usable image of {len(empty)} "
            f"of its classes: {shown}; these cannot be learnt",
            field="splits.train",
        )
