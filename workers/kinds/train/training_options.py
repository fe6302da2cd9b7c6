"""A training as the job asks for it, in the words of ``ml``."""

from __future__ import annotations

from jobs.specs.train_spec import TrainSpec
from ml.data.image_folder import ImageFolder
from ml.training.augmentation import Augmentation
from ml.training.mixing import Mixing
from ml.training.options import FineTuneOptions, OptimizerOptions, TrainingOptions
from workers.step.services import DataFolders


def training_options(spec: TrainSpec, folders: DataFolders, *, folder: ImageFolder | None = None) -> TrainingOptions:
    """Translate a spec.

    Args:
        spec: as the user wrote it.
        folders: where this machine keeps data sets and weights.
        folder: the pictures, where the data set is a folder in the store.
    """
    return TrainingOptions(
        dataset=spec.dataset,
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
        devices=spec.devices,
        seed=spec.seed,
        data_dir=folders.data_dir,
        weights_dir=str(folders.weights) if folders.weights else None,
        folder=folder,
    )
