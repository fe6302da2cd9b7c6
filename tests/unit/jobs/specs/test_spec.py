from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from jobs.errors import InvalidSpec
from jobs.names.file_name import character_problem, name_problem
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.import_spec import ImportSpec
from jobs.specs.optimizer_spec import FineTune
from jobs.specs.spec import spec_adapter
from jobs.specs.train_spec import TrainSpec, check_refit

TRAIN = {"kind": "train", "dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none"}
IMPORT = {"kind": "import", "upload": "0" * 64, "preprocessing": "caffe", "classes": ["rose", "tulip"]}
EXPLAIN = {"kind": "explain", "model": "job:abc", "dataset": "synthetic_flowers"}
EVALUATE = {"kind": "evaluate", "model": "job:abc", "dataset": "synthetic_flowers"}
PREVIEW = {"kind": "preview", "dataset": "synthetic_flowers"}


def test_a_training_spec_has_the_defaults_of_the_notebook_it_replaces() -> None:
    spec = spec_adapter.validate_python({"kind": "train", "dataset": "oxford_flowers102"})
    assert isinstance(spec, TrainSpec)
    assert (spec.backbone, spec.weights, spec.image_size, spec.epochs) == ("ResNet50", "imagenet", 224, 10)
    assert (spec.splits.train, spec.splits.test, spec.optimizer.learning_rate) == ("train", "test", 0.001)


def test_an_explanation_names_the_training_job_it_waits_for() -> None:
    spec = spec_adapter.validate_python(EXPLAIN)
    assert isinstance(spec, ExplainSpec)
    assert spec.training_job_id == "abc"
    assert ExplainSpec.model_validate({**EXPLAIN, "model": "abc"}).training_job_id is None


@pytest.mark.parametrize(
    ("base", "change", "field"),
    [
        (TRAIN, {"colour": "red"}, "colour"),
        (TRAIN, {"epochs": 0}, "epochs"),
        (TRAIN, {"image_size": 0}, "image_size"),
        (TRAIN, {"backbone": "ResNet51"}, "backbone"),
        (TRAIN, {"optimizer": {"learning_rate": 0}}, "learning_rate"),
        (TRAIN, {"optimizer": {"learning_rate": "nan"}}, "learning_rate"),
        (TRAIN, {"mixing": "mixdown"}, "mixing"),
        (TRAIN, {"mixing": {"kind": "mixup", "alpha": 0}}, "alpha"),
        (TRAIN, {"augmentation": {"brightness": 1.5}}, "brightness"),
        (TRAIN, {"augmentation": "trivail"}, "policy"),
        (TRAIN, {"augmentation": {"policy": "trivial", "policy_strength": 1.1}}, "policy_strength"),
        (TRAIN, {"augmentation": {"motion_blur": 0.5}}, "motion_blur"),
        (TRAIN, {"optimizer": {"name": "lion"}}, "name"),
        (TRAIN, {"optimizer": {"weight_decay": -0.1}}, "weight_decay"),
        (TRAIN, {"fine_tune": {"epochs": 3}}, "fine_tune"),
        (TRAIN, {"fine_tune": {"layers": "most"}}, "layers"),
        (TRAIN, {"ema_decay": 1}, "ema_decay"),
        (TRAIN, {"label_smoothing": "nan"}, "label_smoothing"),
        (TRAIN, {"devices": 2}, "devices"),
        (IMPORT, {"upload": "../../etc/passwd"}, "upload"),
        (IMPORT, {"preprocessing": "vgg"}, "preprocessing"),
        (IMPORT, {"classes": ["rose", "rose"]}, "classes"),
        (IMPORT, {"classes": ["rose"]}, "classes"),
        (IMPORT, {"classes": 1}, "classes"),
        (IMPORT, {"image_size": 1}, "image_size"),
        (EXPLAIN, {"methods": []}, "methods"),
        (EXPLAIN, {"methods": ["gradcam", "gradcam"]}, "methods"),
        (EXPLAIN, {"target": "top:0"}, "target"),
        (EXPLAIN, {"target": "best"}, "target"),
        (EXPLAIN, {"score": "centered"}, "score"),
        (EXPLAIN, {"score": "against:"}, "score"),
        (EXPLAIN, {"score": "against:true", "target": "true"}, "score"),
        (EXPLAIN, {"score": "against:3", "target": 3}, "score"),
        (EXPLAIN, {"contrast": "right"}, "contrast"),
        (EXPLAIN, {"dataset": "huggingface:anything"}, "dataset"),
        (EXPLAIN, {"dataset": "a/../b"}, "dataset"),
        (EXPLAIN, {"target": -1}, "target"),
        (EXPLAIN, {"metrics": ["beauty"]}, "metrics"),
        (EXPLAIN, {"metrics_sample": 0}, "metrics_sample"),
        (EXPLAIN, {"layer": ""}, "layer"),
        (EXPLAIN, {"noise": {"samples": 1}}, "samples"),
        (EXPLAIN, {"ig": {"baseline": "random:0"}}, "baseline"),
        (EXPLAIN, {"ig": {"baseline": "random:257"}}, "baseline"),
        (EXPLAIN, {"ig": {"baseline": "grey"}}, "baseline"),
        (EXPLAIN, {"ig": {"tolerance": 0}}, "tolerance"),
        (EXPLAIN, {"max_failure_rate": 1.5}, "max_failure_rate"),
        (EXPLAIN, {"split": "test; drop"}, "split"),
        (EVALUATE, {"corruptions": ["fog"]}, "corruptions"),
        (EVALUATE, {"corruptions": ["noise", "noise"]}, "corruptions"),
        (EVALUATE, {"severities": [0]}, "severities"),
        (EVALUATE, {"severities": [6]}, "severities"),
        (EVALUATE, {"severities": []}, "severities"),
        (EVALUATE, {"batch_size": 0}, "batch_size"),
        (EVALUATE, {"baseline_model": "job:abc"}, "baseline_model"),
        (PREVIEW, {"images": 0}, "images"),
        (PREVIEW, {"images": 1000}, "images"),
    ],
)
def test_a_wrong_field_is_refused_by_name(base: dict[str, Any], change: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        spec_adapter.validate_python({**base, **change})
    assert any(field in [str(part) for part in error["loc"]] for error in refused.value.errors())


def test_imagenet_weights_for_a_network_that_has_none_are_refused() -> None:
    with pytest.raises(ValidationError, match="'imagenet' do not exist for backbone 'SmallCNN'"):
        spec_adapter.validate_python({**TRAIN, "weights": "imagenet"})


def test_mixing_by_name_is_short_for_its_kind() -> None:
    by_name = TrainSpec.model_validate({**TRAIN, "mixing": "both"})
    assert by_name == TrainSpec.model_validate({**TRAIN, "mixing": {"kind": "both"}})


def test_a_policy_by_name_stands_for_itself_with_flips_and_crops_alone() -> None:
    augmented = {**TRAIN, "pipeline": "augmented"}
    by_name = TrainSpec.model_validate({**augmented, "augmentation": "trivial"})
    assert by_name == TrainSpec.model_validate({**augmented, "augmentation": {"policy": "trivial"}})
    on = {name for name, value in by_name.augmentation if value not in (0, None)}
    assert on == {"policy", "flip", "resized_crop", "quality_probability"}
    assert TrainSpec.decode(by_name.encode()) == by_name


def test_strengths_that_are_given_stand_beside_a_policy() -> None:
    augmentation = {"policy": "rand", "rotation_degrees": 5, "erasing": 0.25}
    spec = TrainSpec.model_validate({**TRAIN, "pipeline": "augmented", "augmentation": augmentation})
    assert (spec.augmentation.rotation_degrees, spec.augmentation.erasing) == (5, 0.25)
    assert spec.augmentation.quality_probability == 1
    assert spec.augmentation.brightness == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fine_tune": {"epochs": 3}}, "would change nothing"),
        ({"fine_tune": {"epochs": 3, "layers": "all"}}, "everything learns all the time"),
        ({"crop_size": 64}, "crops nothing"),
        ({"splits": {"validation": None}}, "no epoch can be chosen: name in refit_of a training"),
        ({"refit_of": "abc"}, "nothing is chosen on splits.validation 'validation': set it to null"),
        ({"folds": 1}, "leaves nothing to learn from"),
        ({"fine_tune": {"distillation": 0.5}}, "no moving average to learn from: set ema_decay"),
        ({"fine_tune": {"epochs": 2, "layers": 4, "crop_sizes": [96, 128]}}, "set learns_from to 'images'"),
        ({"fine_tune": {"epochs": 1, "layers": "all", "crop_sizes": [96, 128]}}, "2 sizes, more than the 1 epochs"),
        ({"fine_tune": {"epochs": 4, "layers": "all", "average_last": 1}}, "the mean of one epoch is that epoch"),
        ({"fine_tune": {"epochs": 4, "layers": "all", "average_last": 5}}, "is 5, more than the 4 epochs"),
        ({"fine_tune": {"average_last": 3}}, "is 3 without fine_tune.epochs: only epochs of fine-tuning are averaged"),
        ({"fine_tune": {"stochastic_depth": 0.1}}, "is 0.1 without fine_tune.epochs: branches are left out while"),
        (
            {
                "backbone": "DenseNet121",
                "weights": "imagenet",
                "fine_tune": {"epochs": 2, "layers": "all", "stochastic_depth": 0.1},
            },
            "but DenseNet121 has none: leave it out, or choose another backbone, such as ResNet50",
        ),
        ({"augmentation": {"policy_strength": 0.5}}, "there is no policy: say which one, trivial, rand, augmix"),
        ({"augmentation": "trivail"}, "'none', 'trivial', 'rand' or 'augmix'"),
        ({"augmentation": {"flip": 0}}, "varies nothing"),
        ({"optimizer": {"warmup_epochs": 11}}, "optimizer.warmup_epochs is 11, longer than the 10 epochs"),
    ],
)
def test_fields_that_contradict_each_other_are_refused_with_the_way_out(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TrainSpec.model_validate({**TRAIN, **change})


@pytest.mark.parametrize(("epochs", "averaged"), [(10, 5), (4, 4), (1, 0)])
def test_a_shortened_training_averages_no_more_epochs_than_it_has(epochs: int, averaged: int) -> None:
    tuning = {"epochs": 10, "layers": "all", "average_last": 5}
    spec = TrainSpec(kind="train", dataset="synthetic_flowers", epochs=10, fine_tune=FineTune.model_validate(tuning))
    assert spec.shortened(epochs).fine_tune.average_last == averaged


def test_a_kind_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ValidationError, match="'train', 'explain'"):
        spec_adapter.validate_python({"kind": "paint", "model": "x"})


@pytest.mark.parametrize(
    "change",
    [
        {"target": "top:3"},
        {"noise": {"samples": 8, "stddev": 0.2}},
        {"ig": {"baseline": "random:256"}},
        {"layer": "block_13_expand_relu"},
        {"score": "against:bird of paradise"},
        {"score": "against:second", "target": "true"},
        {"score": "logit", "contrast": "none"},
    ],
)
def test_what_the_explainer_can_do_may_be_asked_for(change: dict[str, Any]) -> None:
    assert isinstance(spec_adapter.validate_python({**EXPLAIN, **change}), ExplainSpec)


def test_every_metric_may_be_asked_for() -> None:
    every = ["completeness", "deletion", "insertion", "localization", "randomization"]
    spec = ExplainSpec.model_validate({**EXPLAIN, "metrics": every, "metrics_sample": 128})
    assert list(spec.metrics) == every


@pytest.mark.parametrize("document", [TRAIN, EXPLAIN, EVALUATE, PREVIEW, IMPORT])
def test_a_spec_survives_its_journey_through_json(document: dict[str, Any]) -> None:
    spec = spec_adapter.validate_python(document)
    assert type(spec).decode(spec.encode()) == spec


def test_one_device_may_still_be_written_as_a_number() -> None:
    asked = [spec_adapter.validate_python({**TRAIN, "devices": devices}) for devices in (1, "one")]
    assert asked[0] == asked[1]
    assert json.loads(asked[0].encode())["devices"] == "one"


@pytest.mark.parametrize("devices", [True, "1", 0, "two", None])
def test_no_other_number_of_devices_is_taken(devices: object) -> None:
    with pytest.raises(ValidationError, match="devices"):
        spec_adapter.validate_python({**TRAIN, "devices": devices})


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_a_folder_of_any_name_that_can_be_uploaded_to_is_a_data_set(name: str) -> None:
    dataset = f"store:datasets/{name}"
    document = {**EXPLAIN, "dataset": dataset, "split": "all"}
    if name_problem(name) is None:
        assert spec_adapter.validate_python(document).needs().datasets == {"dataset": dataset}
    elif character_problem(name) is not None:
        with pytest.raises(ValidationError):
            spec_adapter.validate_python(document)


REFIT = {**TRAIN, "splits": {"validation": None}, "refit_of": "job:abc"}


def test_a_refit_may_tell_other_channels_than_the_training_that_it_repeats() -> None:
    check_refit(TrainSpec.model_validate({**REFIT, "notify": ["team"]}), TrainSpec.model_validate(TRAIN))


def test_a_refit_with_another_setting_is_refused_by_its_field() -> None:
    other = TrainSpec.model_validate({**TRAIN, "batch_size": 8})
    with pytest.raises(InvalidSpec, match="batch_size is not that of job:abc") as refused:
        check_refit(TrainSpec.model_validate(REFIT), other)
    assert refused.value.field == "batch_size"


@pytest.mark.parametrize("target", [True, False])
def test_a_target_that_is_true_without_quotes_is_not_taken_for_the_class_of_that_number(target: bool) -> None:
    with pytest.raises(ValidationError, match='write "true" with quotes for the true class'):
        ExplainSpec.model_validate({**EXPLAIN, "target": target})


def test_one_of_very_many_class_names_that_is_there_twice_is_named() -> None:
    classes = [f"class {number}" for number in range(100_000)]
    assert ImportSpec.model_validate({**IMPORT, "classes": classes}).num_classes == 100_000
    with pytest.raises(ValidationError, match="class 'class 99998' is named twice"):
        spec_adapter.validate_python({**IMPORT, "classes": [*classes[:-1], "class 99998"]})
