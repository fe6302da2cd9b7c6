"""``make bench-explain``: measures the explainer on real images and prints one line of JSON last.

Each figure has a module of its own with ``measure(subject)``; name some of them to measure only these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from bench.explain import (
    centred_gain,
    corrected_weights,
    gradcam_speed,
    gradient_speed,
    ig_cost,
    ig_map,
    ig_ranking,
    ig_tolerance,
    job_ratio,
    peers,
    picture_cost,
    rss_growth,
)
from bench.explain.real_model import places_from_environment
from bench.explain.subject import Subject
from bench.named_figures import figures_parser, measured, print_and_exit

FIGURES: Mapping[str, Callable[[Subject], Mapping[str, object]]] = {
    "centred_gain": centred_gain.measure,
    "centred_gain_others": centred_gain.measure_others,
    "gradcam_speed": gradcam_speed.measure,
    "gradient_speed": gradient_speed.measure,
    "ig_tolerance": ig_tolerance.measure,
    "ig_map": ig_map.measure,
    "ig_cost": ig_cost.measure,
    "ig_ranking": ig_ranking.measure,
    "corrected_weights": corrected_weights.measure,
    "job_ratio": job_ratio.measure,
    "picture_cost": picture_cost.measure,
    "rss_growth": rss_growth.measure,
    "peers": peers.measure,
}


def main() -> None:
    """Measure and print."""
    asked = figures_parser(__doc__, FIGURES).parse_args()
    subject = Subject(places_from_environment())
    print_and_exit(*measured({name: partial(FIGURES[name], subject) for name in asked.figures}))


if __name__ == "__main__":
    main()
