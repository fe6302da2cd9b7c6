"""Defines the specification of an export job, which writes a model in formats of others."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

from pydantic import Field, field_validator

from jobs.specs.job_spec import Example
from jobs.specs.needs import Needs
from jobs.specs.spec_values import Name, UsesModel, each_once

ExportFormat = Literal["keras", "saved_model", "onnx", "litert"]


class FileOfFormat(NamedTuple):
    """What a format is called, and its file."""

    title: str
    file: str
    content_type: str


EXPORT_FORMATS: Mapping[ExportFormat, FileOfFormat] = MappingProxyType(
    {
        "keras": FileOfFormat("Keras", "model.keras", "application/zip"),
        "saved_model": FileOfFormat("TensorFlow SavedModel", "saved_model.zip", "application/zip"),
        "onnx": FileOfFormat("ONNX", "model.onnx", "application/octet-stream"),
        "litert": FileOfFormat("LiteRT (TensorFlow Lite)", "model.tflite", "application/octet-stream"),
    }
)


class ExportSpec(UsesModel):
    """Write a model as files that run without Florescope: pictures in, probabilities out.

    Attributes:
        formats: to write.
        images: on how many pictures each file is run and held against the model before it is published.
    """

    example = Example(
        "Write the model of a training job as ONNX and LiteRT",
        {"kind": "export", "model": "job:01kaxm3v9w7t2c5h8qe4n6r1zd", "formats": ["onnx", "litert"]},
    )

    kind: Literal["export"]
    name: Name | None = None
    formats: tuple[ExportFormat, ...] = Field(default=get_args(ExportFormat), min_length=1)
    images: int = Field(default=32, ge=4, le=1024)

    def needs(self) -> Needs:
        """The model."""
        return Needs(models={"model": self.model})

    _unique = field_validator("formats")(each_once)
