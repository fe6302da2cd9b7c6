from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from jobs.specs.halving import Halving, rungs
from jobs.specs.pipeline_spec import Augmentation
from jobs.specs.sweep_spec import SweepSpec

BASE = {"dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none", "epochs": 9}
SPLITS_OF: dict[str, dict[str, object]] = {"refit_of": {"validation": None}, "folds": {}}
LOG_RATE = {"low": 1e-5, "high": 1e-2, "log": True}


def sweep(**changes: Any) -> SweepSpec:
    document = {"kind": "sweep", "base": BASE, "grid": {"optimizer.learning_rate": [1e-3, 1e-4]}, **changes}
    return SweepSpec.model_validate(document)


def refused(**changes: Any) -> dict[str, str]:
    """Message by dotted field."""
    with pytest.raises(ValidationError) as error:
        sweep(**changes)
    return {".".join(map(str, each["loc"])): each["msg"] for each in error.value.errors()}


def test_a_grid_is_every_combination_applied_to_the_base() -> None:
    spec = sweep(grid={"optimizer.learning_rate": [1e-3, 1e-4], "batch_size": [16, 32, 64]})
    trained = [spec.trial_spec(trial, rung=0) for trial in range(len(spec.trials))]
    assert len({(each.optimizer.learning_rate, each.batch_size) for each in trained}) == 6
    assert {each.epochs for each in trained} == {9}


def test_a_policy_of_augmentation_replaces_the_strengths_that_nobody_asked_for() -> None:
    base = {**BASE, "pipeline": "augmented", "augmentation": {"noise": 0.1}}
    spec = sweep(base=base, grid={"augmentation.policy": ["none", "trivial"]})
    plain, trivial = (spec.trial_spec(trial, rung=0).augmentation for trial in (0, 1))
    assert plain == spec.base.augmentation
    assert trivial == Augmentation(policy="trivial", noise=0.1)
    assert trivial.brightness == 0


@pytest.mark.parametrize(("field", "value"), [("refit_of", "job:another"), ("folds", 3)])
def test_trials_neither_repeat_another_training_nor_have_folds(field: str, value: object) -> None:
    assert "a sweep looks for settings" in refused(base={**BASE, "splits": SPLITS_OF[field], field: value})["base"]
    assert "do not vary it" in refused(grid={field: [value], "splits": [SPLITS_OF[field]]})[f"grid.{field}"]


def test_a_spec_with_its_trials_survives_its_journey_through_json() -> None:
    spec = sweep(grid={}, random={"optimizer.learning_rate": LOG_RATE}, samples=5)
    again = SweepSpec.decode(spec.encode())
    assert (again, again.trials) == (spec, spec.trials)


@given(seed=st.integers(0, 2**31 - 1), samples=st.integers(1, 40))
def test_random_trials_are_different_and_in_range_and_the_same_for_the_same_seed(seed: int, samples: int) -> None:
    space = {"optimizer.learning_rate": LOG_RATE, "batch_size": {"low": 8, "high": 11}, "pipeline": ["augmented"]}
    spec = sweep(grid={}, random=space, samples=samples, seed=seed)
    assert spec.trials == sweep(grid={}, random=space, samples=samples, seed=seed).trials
    assert len({str(trial) for trial in spec.trials}) == len(spec.trials) <= samples
    for trial in range(len(spec.trials)):
        trained = spec.trial_spec(trial, rung=0)
        assert 1e-5 <= trained.optimizer.learning_rate <= 1e-2
        assert 8 <= trained.batch_size <= 11


def test_a_space_with_few_points_makes_few_trials() -> None:
    assert len(sweep(grid={}, random={"batch_size": [16, 32]}, samples=50).trials) == 2


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"grid": {"optimizer.lerning_rate": [1]}}, "grid.optimizer.lerning_rate", "no such field"),
        ({"grid": {"batch_size": [16, 0]}}, "grid.batch_size", "trial 1 (batch_size 0)"),
        ({"grid": {"optimizer.learning_rate": ["nan"]}}, "grid.optimizer.learning_rate", "finite"),
        ({"grid": {"epochs.more": [1]}}, "grid.epochs.more", "valid integer"),
        ({"grid": {"weights": ["none", "imagenet"]}}, "grid", "trial 1 (weights imagenet)"),
        ({"grid": {"name": ["x"]}}, "grid.name", "do not vary it"),
        ({"grid": {"batch_size": [16, 16]}}, "grid", "batch_size names a value twice"),
        ({"grid": {"batch_size": []}}, "grid.batch_size", "at least 1"),
        ({"grid": {"seed": list(range(300)), "epochs": [1, 2]}}, "", "600 combinations, at most 500"),
        ({"grid": {}}, "", "either grid, or random"),
        ({"random": {"batch_size": [16]}, "samples": 2}, "", "either grid, or random"),
        ({"grid": {}, "random": {"batch_size": [16]}}, "", "random needs samples"),
        ({"samples": 3}, "", "samples belongs to random"),
        ({"grid": {"epochs": [1, 2]}, "halving": {}}, "", "halving sets epochs"),
        ({"halving": {"min_epochs": 9}}, "", "must be less than base.epochs 9"),
        ({"halving": {"factor": 1}}, "halving.factor", "greater than or equal to 2"),
        ({"parallel": 0}, "parallel", "greater than or equal to 1"),
    ],
)
def test_a_sweep_that_cannot_be_run_is_refused_by_field(changes: dict[str, Any], field: str, words: str) -> None:
    problems = refused(**changes)
    assert words in problems[field]


@pytest.mark.parametrize("wrong", [{"low": 2, "high": 1}, {"low": 0, "high": 1, "log": True}])
def test_a_range_that_holds_nothing_to_draw_is_refused(wrong: dict[str, Any]) -> None:
    problems = refused(grid={}, random={"optimizer.learning_rate": wrong}, samples=2)
    assert any(field.startswith("random.optimizer.learning_rate") for field in problems)


@given(trials=st.integers(1, 500), epochs=st.integers(2, 200), factor=st.integers(2, 9), least=st.integers(1, 50))
def test_rungs_narrow_and_grow_until_the_last_trains_in_full(trials: int, epochs: int, factor: int, least: int) -> None:
    found = rungs(trials, epochs=epochs, halving=Halving(factor=factor, min_epochs=least))
    lengths = [rung.epochs or 0 for rung in found]
    assert found[0].trials == trials
    assert lengths[-1] == epochs
    assert lengths == sorted(set(lengths))
    for wider, narrower in pairwise(found):
        assert narrower.trials == max(1, wider.trials // factor)


def test_nine_trials_halved_by_three_are_nine_then_three_then_one() -> None:
    found = rungs(9, epochs=9, halving=Halving(factor=3, min_epochs=1))
    assert [(rung.trials, rung.epochs) for rung in found] == [(9, 1), (3, 3), (1, 9)]


def test_a_range_over_a_field_that_also_takes_a_word_draws_whole_numbers() -> None:
    base = {"dataset": "flowers", "backbone": "MobileNetV2"}
    spec = sweep(base=base, grid={}, random={"fine_tune.layers": {"low": 5, "high": 60}}, samples=8)
    layers = [spec.trial_spec(trial, rung=0).fine_tune.layers for trial in range(8)]
    assert all(isinstance(each, int) and 5 <= each <= 60 for each in layers)


def test_a_value_that_is_of_no_kind_that_a_field_takes_is_refused_with_all_kinds() -> None:
    message = refused(grid={"fine_tune.layers": ["some"]})["grid.fine_tune.layers"]
    assert message.startswith("trial 0 (fine_tune.layers some): ")
    assert "should be 'all'" in message
    assert "valid integer" in message


def test_all_that_is_wrong_with_a_value_of_several_parts_is_said() -> None:
    message = refused(grid={"optimizer": [{"learning_rate": -1, "weight_decay": 2}]})["grid.optimizer"]
    assert "learning_rate: Input should be greater than 0" in message
    assert "weight_decay: Input should be less than or equal to 1" in message


TUNED: dict[str, Any] = {
    "dataset": "flowers",
    "backbone": "MobileNetV2",
    "epochs": 27,
    "fine_tune": {"epochs": 6, "layers": "all"},
}


def tuned_for(spec: SweepSpec, trial: int) -> list[tuple[int, int]]:
    """Epochs of the head and of fine-tuning, rung by rung."""
    trained = [spec.trial_spec(trial, rung=rung) for rung in range(len(spec.rungs))]
    return [(each.epochs, each.fine_tune.epochs) for each in trained]


def test_halving_shortens_fine_tuning_in_proportion_yet_never_leaves_it_out() -> None:
    spec = sweep(base=TUNED, grid={"seed": list(range(9))}, halving={"factor": 3, "min_epochs": 3})
    assert tuned_for(spec, 0) == [(3, 1), (9, 2), (27, 6)]


@pytest.mark.parametrize("field", ["fine_tune.epochs", "fine_tune"])
def test_halving_shortens_the_fine_tuning_that_a_trial_asks_for(field: str) -> None:
    values = [0, 27] if field == "fine_tune.epochs" else [{}, {"epochs": 27, "layers": "all"}]
    spec = sweep(base=TUNED, grid={field: values}, halving={"factor": 3, "min_epochs": 9})
    assert [tuned_for(spec, trial) for trial in range(2)] == [[(9, 0), (27, 0)], [(9, 9), (27, 27)]]


def test_halving_shortens_warm_ups_so_that_every_rung_is_a_specification_of_its_own() -> None:
    base = {**TUNED, "optimizer": {"warmup_epochs": 9}, "fine_tune": {**TUNED["fine_tune"], "warmup_epochs": 4}}
    spec = sweep(base=base, grid={"seed": list(range(9))}, halving={"factor": 3, "min_epochs": 3})
    first = spec.trial_spec(0, rung=0)
    assert first.optimizer.warmup_epochs == 1
    assert first.fine_tune.warmup_epochs == pytest.approx(4 / 6)
    assert type(first).model_validate_json(first.model_dump_json()) == first


def test_halving_leaves_an_epoch_to_each_size_so_that_every_rung_is_a_specification_of_its_own() -> None:
    base = {**TUNED, "pipeline": "augmented", "fine_tune": {**TUNED["fine_tune"], "crop_sizes": [96, 128, 160, 224]}}
    spec = sweep(base=base, grid={"seed": list(range(9))}, halving={"factor": 3, "min_epochs": 3})
    trained = [spec.trial_spec(0, rung=rung) for rung in range(3)]
    assert [each.fine_tune.crop_sizes for each in trained] == [(224,), (160, 224), (96, 128, 160, 224)]
    assert [type(each).decode(each.encode()) for each in trained] == trained


def test_a_stored_sweep_whose_fields_an_earlier_release_put_together_otherwise_stays_readable() -> None:
    """There, the policy took the place of its strength, whatever the order."""
    grid = {"augmentation.policy_strength": [0.3], "augmentation": ["none", "rand"]}
    assert "there is no policy" in "".join(refused(base={**BASE, "pipeline": "augmented"}, grid=grid).values())
    stored = sweep(base={**BASE, "pipeline": "augmented"}, grid={"augmentation": ["none", "rand"]})
    document = {**stored.model_dump(mode="json"), "grid": grid}
    assert len(SweepSpec.decode(json.dumps(document).encode()).trials) == 2


def test_a_range_without_a_whole_number_is_refused_where_only_these_are_taken() -> None:
    between = {"low": 1.2, "high": 1.8}
    message = refused(grid={}, random={"batch_size": between}, samples=1)["random"]
    assert "batch_size takes whole numbers, and none lies between 1.2 and 1.8" in message
    assert sweep(grid={}, random={"fine_tune.warmup_epochs": between}, samples=1).trials
    stored = sweep(grid={}, random={"batch_size": {"low": 1, "high": 2}}, samples=1).model_dump(mode="json")
    stored["random"]["batch_size"] = {"low": 1.2, "high": 1.8, "log": False}
    assert SweepSpec.decode(json.dumps(stored).encode()).samples == 1, "what an earlier release took stays readable"


@pytest.mark.parametrize("outer_first", [True, False])
@pytest.mark.parametrize(
    ("outer", "values", "inner", "number", "kept"),
    [
        ("mixing", ["cutmix", "mixup"], "alpha", 0.2, "kind"),
        ("augmentation", ["trivial", "rand"], "policy_strength", 0.5, "policy"),
        ("optimizer", [{"name": "sgd"}, {"name": "adamw"}], "learning_rate", 0.01, "name"),
    ],
)
def test_a_part_and_a_field_of_it_are_varied_together_in_either_order(
    *, outer_first: bool, outer: str, values: list[Any], inner: str, number: float, kept: str
) -> None:
    varied = {outer: values, f"{outer}.{inner}": [number]}
    grid = varied if outer_first else dict(reversed(varied.items()))
    spec = sweep(base={**BASE, "pipeline": "augmented"}, grid=grid)
    parts = [getattr(spec.trial_spec(trial, rung=0), outer) for trial in range(2)]
    assert [getattr(part, inner) for part in parts] == [number, number]
    assert [getattr(part, kept) for part in parts] == [
        each["name"] if isinstance(each, dict) else each for each in values
    ]
