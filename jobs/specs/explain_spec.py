"""Defines the specification of an explanation job."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from jobs.errors import InvalidSpec
from jobs.specs import patterns
from jobs.specs.job_spec import Example
from jobs.specs.method_name import Method
from jobs.specs.method_options import FiniteJson, check_methods
from jobs.specs.needs import Needs, needs_of_split
from jobs.specs.scores import AGAINST, AGAINST_TRUE, CENTRED, question, resolved_score
from jobs.specs.spec_values import DatasetName, LabelName, MaxFailureRate, Name, SplitSlice, UsesModel, each_once
from jobs.value import Value

Metric = Literal["completeness", "deletion", "insertion", "localization", "randomization"]
Precision = Literal["auto", "float32", "bfloat16"]
Output = Literal["overlay", "raw"]
Faithfulness = Literal["florescope", "rise"]
Baseline = Annotated[
    str,
    Field(
        pattern=patterns.BASELINE,
        description="black, white, mean (the image's mean colour), blur, or random:n (the mean over n random ones).",
    ),
]
Score = Annotated[
    str,
    Field(
        pattern=patterns.SCORE,
        description="What is explained of the target: centred (its logit minus the mean of all logits), logit, "
        "log_probability, or against:<class>, with a class by name or index, `true` or `second` (the likeliest other "
        "class). A class that would be held against itself is held against the likeliest other one.",
    ),
]
TOP = "top:"
# Every stage of the randomisation explains an image again, and Integrated Gradients of random weights may end by their
# evaluations only: a few images and evaluations are enough.
RANDOMIZED_AT_MOST = 32
RANDOMIZED_EVALUATIONS = 128


class IntegratedGradients(Value):
    """How Integrated Gradients integrates, and when it has converged."""

    baseline: Baseline = "black"
    tolerance: float = Field(
        default=0.05, gt=0, lt=1, allow_inf_nan=False, description="Of the sum: |δ| / |F(x) − F(x′)|."
    )
    map_tolerance: float = Field(
        default=0.05, gt=0, lt=1, allow_inf_nan=False, description="Of the map: its estimated relative L1 error."
    )
    max_evaluations: int = Field(default=512, ge=32, le=65_536)


class Noise(Value):
    """Average the maps of several noisy copies of an image; ``stddev`` in units of the range of raw RGB."""

    samples: int = Field(ge=2, le=1000)
    stddev: float = Field(default=0.1, gt=0, le=1, allow_inf_nan=False)


class ExplainSpec(UsesModel):
    """Explain every image of a split with every method."""

    example = Example(
        "Explain 64 test images with the model of a training job",
        {
            "kind": "explain",
            "model": "job:01kaxm3v9w7t2c5h8qe4n6r1zd",
            "dataset": "synthetic_flowers",
            "split": "test[0:64]",
            "methods": ["gradcam", "integrated_gradients"],
            "target": "predicted",
            "ig": {"baseline": "black", "tolerance": 0.05, "map_tolerance": 0.05, "max_evaluations": 512},
            "outputs": ["overlay", "raw"],
        },
    )
    retryable = True
    waiting_step = "explanation"

    kind: Literal["explain"]
    name: Name | None = None
    dataset: DatasetName
    split: SplitSlice = "test"
    label: LabelName = None
    methods: tuple[Method, ...] = Field(default=("gradcam", "integrated_gradients"), min_length=1)
    target: Annotated[str, Field(pattern=patterns.TARGET)] | Annotated[int, Field(ge=0)] = "predicted"
    score: Score = CENTRED
    contrast: Literal["wrong", "none"] = Field(
        default="wrong",
        description="wrong: each wrong prediction gets one more map by each method of a layer, of the prediction "
        "against the true class; it costs no further forward pass.",
    )
    ig: IntegratedGradients = IntegratedGradients()
    method_options: dict[Method, dict[str, FiniteJson]] = Field(
        default={},
        description="Options of methods that packages add, by the name of the method; GET /v1/methods tells them.",
    )
    layer: Name | None = Field(
        default=None, description="Spatial layer whose activations are weighed, as by GradCAM; null: the model's own."
    )
    noise: Noise | None = None
    outputs: tuple[Output, ...] = ("overlay", "raw")
    metrics: tuple[Metric, ...] = ("completeness",)
    metrics_sample: int | None = Field(
        default=None,
        ge=1,
        description="So many images, always the same, get the metrics deletion, insertion and randomization "
        f"(randomization: {RANDOMIZED_AT_MOST} at most); null: all.",
    )
    faithfulness: Faithfulness = Field(
        default="florescope",
        description="How deletion and insertion replace pixels. florescope: 32 steps, mid-grey, a blur of 5 % of the "
        "side. rise: as the code of RISE (Petsiuk et al. 2018) does at 224 pixels, a step per row; seven times the "
        "cost there.",
    )
    precision: Precision | None = Field(
        default=None,
        description="auto: bfloat16 where a probe finds it faster and its maps rank the pixels alike, else float32. "
        "null: auto on a GPU, float32 on a CPU.",
    )
    batch_size: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="Images per forward pass, and points of Integrated Gradients per batch of gradients. "
        "null: as many as fit into a GPU's memory; 16 and 32 on a CPU.",
    )
    shard_size: int | None = Field(default=None, ge=1, le=100_000)
    max_failure_rate: MaxFailureRate = None

    def needs(self) -> Needs:
        """The model, the data set and its split."""
        return needs_of_split(self.dataset, self.split, models={"model": self.model})

    def check_methods(self, *, where: str = "here") -> None:
        """Every method must be installed, and take the options that are given. Stored jobs are read without this.

        Raises:
            InvalidSpec: one is not, or does not; names the field to correct.
        """
        check_methods(self.methods, self.method_options, where=where)

    def check_classes(self, class_names: Sequence[str], *, model: str) -> None:
        """The target must be a class of the model, or no more classes than it has, and held against another class.

        Raises:
            InvalidSpec: it is not; names ``target`` or ``score``.
        """
        classes = len(class_names)
        if isinstance(self.target, int) and self.target >= classes:
            raise InvalidSpec(
                f"class index {self.target} is out of range: model {model} has {classes} classes, 0 to {classes - 1}",
                field="target",
            )
        if self.top > classes:
            raise InvalidSpec(
                f"target {self.target!r} asks for more classes than there are: model {model} has {classes}, use "
                f"'{TOP}{classes}' or fewer",
                field="target",
            )
        score = resolved_score(self.score, class_names, model=model)
        if score == f"{AGAINST}{self.target}":
            raise InvalidSpec(_against_itself(self.score, self.target), field="score")
        if score.startswith(AGAINST) and classes < 2:
            raise InvalidSpec(f"score {self.score!r}: model {model} has no other class", field="score")

    @property
    def top(self) -> int:
        """How many classes: k of the target ``top:k``, else 0."""
        asked = str(self.target)
        return int(asked.removeprefix(TOP)) if asked.startswith(TOP) else 0

    @property
    def question(self) -> str:
        """What the maps answer, in words."""
        if isinstance(self.target, int):
            return question(self.score, target=f"class {self.target}")
        target = f"each of the {self.top} likeliest classes" if self.top else f"the {self.target} class"
        return question(self.score, target=target)

    @field_validator("target", mode="before")
    @classmethod
    def _no_boolean(cls, target: object) -> object:
        """JSON's true would be read as the number 1, which is a class."""
        if isinstance(target, bool):
            raise ValueError(
                f'target is {json.dumps(target)} without quotes: write "true" with quotes for the true class, or the '
                "index of a class"
            )
        return target

    @field_validator("score")
    @classmethod
    def _against_another(cls, score: str, info: ValidationInfo) -> str:
        target = info.data.get("target")
        if score == f"{AGAINST}{target}" and (isinstance(target, int) or score == AGAINST_TRUE):
            raise ValueError(_against_itself(score, target))
        return score

    _unique = field_validator("methods", "outputs", "metrics")(each_once)


def _against_itself(score: str, target: object) -> str:
    return f"score {score!r} of the target {target!r}: a class cannot be held against itself; name another one"
