"""The planted cases: what is planted, in how much of a class, in whose pictures; each is made again by its seed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Literal

from bench.audit.labelled_pictures import has_real
from bench.audit.plants import PLANTS

Source = Literal["synthetic_flowers", "oxford_flowers102"]
Purpose = Literal["choice", "held out"]
SHARES = (0.95, 0.5)
CLEAN = "clean"
SOURCES: tuple[Source, ...] = ("synthetic_flowers", "oxford_flowers102")
_CLEAN_MODELS = 5
_FIRST_SEED = {"choice": 200, "held out": 5000}


@dataclass(frozen=True)
class Case:
    """One model.

    Attributes:
        source: whose pictures.
        plant: a name of ``plants.PLANTS``, or ``clean``.
        share: of the class's pictures that carry it.
        seed: chooses the class, the pictures and where the mark is.
        purpose: thresholds were chosen on the first, figures are reported of the second.
    """

    source: Source
    plant: str
    share: float
    seed: int
    purpose: Purpose

    @property
    def name(self) -> str:
        """For people, and of the file of its outcome."""
        return f"{self.source}, {self.plant}, {self.share:.0%}, seed {self.seed}"


def cases(purpose: Purpose) -> list[Case]:
    """Each plant in each share of a class of each source, and five clean models of each source."""
    planted = [(source, plant, share) for plant, share, source in product(PLANTS, SHARES, sources())]
    clean = [(source, CLEAN, 0.0) for source in sources() for _ in range(_CLEAN_MODELS)]
    first = _FIRST_SEED[purpose]
    return [Case(*model, seed, purpose) for seed, model in enumerate([*planted, *clean], start=first)]


def sources() -> tuple[Source, ...]:
    """Drawn flowers, and real ones where their files are named in the environment."""
    return SOURCES if has_real() else SOURCES[:1]
