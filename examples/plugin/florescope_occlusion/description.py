"""What the API and the command line know of the method; loads neither NumPy nor TensorFlow."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jobs.specs.explanation_methods import ExplanationMethod


class OcclusionOptions(BaseModel):
    """How the window slides over the image."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    window: int = Field(default=32, ge=1, le=1024, description="Side of the window in pixels, cut to the image's.")
    stride: int = Field(default=16, ge=1, le=1024, description="Pixels from one window to the next.")
    fill: Literal["grey", "mean"] = Field(default="grey", description="Mid-grey, or the image's mean colour.")

    @model_validator(mode="after")
    def _without_gaps(self) -> Self:
        if self.stride > self.window:
            raise ValueError(f"stride {self.stride} leaves gaps between windows of {self.window}: use a smaller stride")
        return self


OCCLUSION = ExplanationMethod(
    title="Occlusion",
    short="Occlusion",
    colours="diverging",
    of_layer=False,
    docs="Covers one window of the image after another. A pixel counts as much as the score of the class drops, on "
    "average, under the windows that cover it (Zeiler & Fergus 2014).",
    options=OcclusionOptions,
    function="florescope_occlusion.occlusion:occlusion",
)
