"""Lists every corruption and its strength at severities 1 to 5.

Severities as in Hendrycks & Dietterich (2019), Benchmarking Neural Network Robustness to Common Corruptions and
Perturbations; the corruptions and strengths are this project's own, in measurable units.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from ml.errors import UnknownName
from ml.evaluation.corruptions.background import background
from ml.evaluation.corruptions.lighting import brightness, contrast
from ml.evaluation.corruptions.occlusion import occlusion
from ml.evaluation.corruptions.quality import blur, jpeg, noise
from ml.evaluation.corruptions.subject import CorruptedImage, Prepare, Subject
from ml.evaluation.corruptions.viewpoint import perspective, rotation, zoom


@dataclass(frozen=True)
class Corruption:
    """One corruption: a condition under which images are captured.

    Attributes:
        family: ``lighting``, ``angle``, ``background``, ``quality`` or ``occlusion``.
        strengths: of severities 1 to 5.
        unit: of the strengths.
    """

    name: str
    family: str
    prepare: Prepare
    strengths: tuple[float, float, float, float, float]
    unit: str


_TABLE = (
    Corruption("brightness", "lighting", brightness, (0.5, 1.0, 1.5, 2.0, 2.5), "stops over or under"),
    Corruption("contrast", "lighting", contrast, (0.3, 0.5, 0.65, 0.75, 0.85), "share of the contrast lost"),
    Corruption("rotation", "angle", rotation, (10, 20, 30, 40, 50), "degrees of roll"),
    Corruption("perspective", "angle", perspective, (10, 20, 30, 40, 50), "degrees off the normal"),
    Corruption("zoom", "angle", zoom, (1.15, 1.3, 1.5, 1.75, 2.0), "times larger or smaller"),
    Corruption("background", "background", background, (0.2, 0.4, 0.6, 0.8, 1.0), "opacity of another ground"),
    Corruption("blur", "quality", blur, (0.005, 0.01, 0.015, 0.022, 0.03), "of the side, standard deviation"),
    Corruption("noise", "quality", noise, (0.04, 0.08, 0.12, 0.18, 0.26), "of the range, standard deviation"),
    Corruption("jpeg", "quality", jpeg, (60, 75, 85, 90, 95), "of 100 quality lost"),
    Corruption("occlusion", "occlusion", occlusion, (0.05, 0.1, 0.2, 0.3, 0.45), "share of the image covered"),
)
CORRUPTIONS: Mapping[str, Corruption] = MappingProxyType({corruption.name: corruption for corruption in _TABLE})
SEVERITIES = (1, 2, 3, 4, 5)


def prepare_corruption(name: str, subject: Subject, *, seed: int, image_id: str) -> Callable[[int], CorruptedImage]:
    """A function that returns the image at any severity; severity 0 is the image as it is.

    Random numbers depend only on the seed, the image id and the corruption, not on the severity or on other images.

    Args:
        name: a key of ``CORRUPTIONS``.
        subject: the image, (S, S, 3) uint8, and its mask.

    Raises:
        UnknownName: no such corruption, or (when called) no such severity.
    """
    if name not in CORRUPTIONS:
        raise UnknownName(f"no corruption {name!r}: there are {', '.join(CORRUPTIONS)}")
    corruption = CORRUPTIONS[name]
    at = corruption.prepare(subject, np.random.default_rng(_entropy(seed, image_id, name)))

    def at_severity(severity: int) -> CorruptedImage:
        if severity == 0:
            return CorruptedImage(subject.image)
        if severity not in SEVERITIES:
            raise UnknownName(f"no severity {severity} of {name}: there are 1 to 5, and 0 for none")
        return at(corruption.strengths[severity - 1])

    return at_severity


def _entropy(seed: int, image_id: str, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}\n{name}\n{image_id}".encode()).digest(), "big")
