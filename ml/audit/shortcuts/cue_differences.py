"""Suspects what sets the pictures of a class apart as a whole: colour, light, frame, surround, blur, compression."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from ml.audit.shortcuts.cell_region import shown
from ml.audit.shortcuts.label_permutation import LEVEL, standing
from ml.audit.shortcuts.picture_cues import CUES, WHOLE
from ml.audit.shortcuts.suspicion import Evidence, Kind, Suspicion

CUES_OF: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        "brightness": ("surround_brightness",),
        "contrast": ("picture_spread",),
        "colour": ("surround_red_green", "surround_blue_yellow", "picture_saturation"),
        "border": tuple(cue for cue in WHOLE if cue.startswith("frame_")),
        "background": tuple(cue for cue in WHOLE if cue.startswith("surround_")),
        "blur": ("blur", "picture_edges"),
        "compression": ("blockiness", "flatness"),
    }
)
"""The cues by which each kind of difference is suspected."""
LEAST_SHARE: Mapping[Kind, float] = MappingProxyType({"border": 0.4, "background": 0.4})
"""Share of a class that must differ from nearly all others. Edges of pictures hold parts of the subject: in a class of
real flowers a third had edges that turned pictures, and nothing was planted there (the cases of choice)."""

DIFFERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "brightness": ("are brighter", "are darker"),
        "red_green": ("are redder", "are greener"),
        "blue_yellow": ("are bluer", "are yellower"),
        "spread": ("have more contrast", "have less contrast"),
        "saturation": ("are more colourful", "are less colourful"),
        "edges": ("have more edges", "have fewer edges"),
        "blur": ("are blurrier", "are sharper"),
        "blockiness": ("show more of the blocks of JPEG", "show less of the blocks of JPEG"),
        "flatness": ("are flatter from pixel to pixel", "are rougher from pixel to pixel"),
    }
)
"""What is said of a class whose cue is larger than that of others, and whose cue is smaller."""
WHERE: Mapping[str, str] = MappingProxyType(
    {"picture": "", "surround": " around the middle", "frame": " along the edges of the picture"}
)


def suspect_cues(evidence: Evidence, *, rng: np.random.Generator) -> list[Suspicion]:
    """For each class and kind, the cue that stands out most, if one does."""
    found = standing(evidence.cues[:, : len(WHOLE)], evidence.predicted, rng=rng, sided=2)
    suspicions = []
    for group, label in enumerate(found.labels):
        for kind, names in CUES_OF.items():
            columns = [CUES.index(name) for name in names]
            distances = np.where(found.p_values[group] <= LEVEL, np.abs(found.distances[group]), -1)[columns]
            best = columns[int(distances.argmax())]
            if found.p_values[group, best] > LEVEL:
                continue
            direction = np.sign(found.z[group, best])
            seen = shown(evidence.cues[:, best] * direction, evidence.predicted == label)
            if seen.share < LEAST_SHARE.get(kind, 0):
                continue
            suspicions.append(
                Suspicion(
                    kind=kind,
                    label=int(label),
                    share=seen.share,
                    statistic=float(distances.max()),
                    p_value=float(found.p_values[group, best]),
                    looks=found.looks,
                    images=seen.images,
                    place=None,
                    words=cue_words(CUES[best], float(direction), share=seen.share),
                )
            )
    return suspicions


def cue_words(cue: str, direction: float, *, share: float) -> str:
    """One sentence for people; ``direction`` is above zero where the class has more of it."""
    name = next(name for name in DIFFERS if cue == name or cue.endswith(f"_{name}"))
    more, less = DIFFERS[name]
    where = WHERE[cue.removesuffix(f"_{name}")] if cue != name else ""
    what = more if direction > 0 else less
    return f"{100 * share:.0f} % of the images of this class {what}{where} than nearly all others"
