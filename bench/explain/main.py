"""``make bench-explain``: measures the explainer on real images and prints one line of JSON last.

Each figure has a module of its own with ``measure(subject)``; name some of them to measure only these.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence

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
from bench.explain.machine import machine
from bench.explain.real_model import places_from_environment
from bench.explain.subject import Subject

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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}; all if none is named")
    names = parser.parse_args().figures or list(FIGURES)
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        parser.error(f"no figure {', '.join(unknown)}: there are {', '.join(FIGURES)}")
    found, failed = measured(names, Subject(places_from_environment()))
    print(json.dumps(found | {"failed": failed, "machine": machine()}))
    sys.exit(1 if failed else 0)


def measured(names: Sequence[str], subject: Subject) -> tuple[dict[str, object], dict[str, str]]:
    """All numbers by name, and what went wrong by figure: one that cannot be measured does not lose the others."""
    found, failed = dict[str, object](), dict[str, str]()
    for name in names:
        started, figures = time.monotonic(), dict[str, object]()
        try:
            figures = dict(FIGURES[name](subject))
        except (Exception, SystemExit) as error:  # noqa: BLE001  (told below, and in the exit status)
            failed[name] = repr(error)
        found |= figures
        told = failed.get(name) or json.dumps(figures)
        print(f"{name}, {time.monotonic() - started:.0f} s: {told}", file=sys.stderr, flush=True)
    return found, failed


if __name__ == "__main__":
    main()
