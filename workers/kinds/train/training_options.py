"""Translates a training's specification into the options of ``ml``."""

from __future__ import annotations

from pathlib import Path

from jobs.specs.train_spec import TrainSpec
from ml.training.augmentation.mixing import Mixing
from ml.training.augmentation.strengths import Augmentation
from ml.training.options import FineTuneOptions, OptimizerOptions, TrainingOptions
from workers.inputs.dataset_source import DatasetSource


def training_options(spec: TrainSpec, source: DatasetSource, *, weights_dir: Path | None) -> TrainingOptions:
    """Translate a spec.

    Args:
        spec: as the user wrote it.
        source: where the data set is read from.
        weights_dir: where this machine keeps pretrained weights.
    """
    return TrainingOptions(
        dataset=source.name,
        train_split=spec.splits.train,
        validation_split=spec.splits.validation,
        test_split=spec.splits.test,
        backbone=spec.backbone,
        weights=spec.weights,
        image_size=spec.image_size,
        crop_size=spec.crop_size,
        pipeline=spec.pipeline,
        augmentation=Augmentation(**spec.augmentation.model_dump()),
        mixing=Mixing(**spec.mixing.model_dump()),
        feature_views=spec.feature_views,
        epochs=spec.epochs,
        batch_size=spec.batch_size,
        optimizer=OptimizerOptions(**spec.optimizer.model_dump()),
        dropout=spec.dropout,
        label_smoothing=spec.label_smoothing,
        class_weights=spec.class_weights,
        ema_decay=spec.ema_decay,
        calibrate=spec.calibrate,
        patience=spec.early_stopping.patience,
        fine_tune=FineTuneOptions(**spec.fine_tune.model_dump()),
        precision=spec.precision,
        devices="all" if spec.devices == "all" else 1,
        seed=spec.seed,
        folds=spec.folds,
        data_dir=source.data_dir,
        weights_dir=str(weights_dir) if weights_dir else None,
        folder=source.folder,
    )
