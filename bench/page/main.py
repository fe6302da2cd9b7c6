"""``make bench-page``: measures how soon pages of results are there; prints one line of JSON last."""

from __future__ import annotations

import argparse
import json

from bench.explain.machine import machine
from bench.page import gallery, next_image

FIGURES = ("gallery", "next_image")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="figure", help=f"of {', '.join(FIGURES)}; none: all")
    parser.add_argument("--images", type=int, default=gallery.IMAGES, help="of the job whose gallery is measured")
    parser.add_argument("--address", help="of the first image of a list on a server that runs, for next_image")
    asked = parser.parse_args()
    if unknown := [each for each in asked.figures if each not in FIGURES]:
        parser.error(f"unknown figure {unknown[0]!r}: there are {', '.join(FIGURES)}")
    found: dict[str, object] = {}
    if "gallery" in (asked.figures or FIGURES):
        found.update(gallery.measure(images=asked.images))
    if "next_image" in (asked.figures or FIGURES):
        found.update(next_image.measure(asked.address))
    print(json.dumps({**found, "machine": machine()}))


if __name__ == "__main__":
    main()
