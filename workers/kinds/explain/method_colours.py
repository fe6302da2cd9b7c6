"""The colour scale of each method's maps."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ml.figures.overlay import Kind

KINDS: Mapping[str, Kind] = MappingProxyType({"gradcam": "sequential", "integrated_gradients": "diverging"})
"""GradCAM is never below zero; Integrated Gradients speak for or against."""
