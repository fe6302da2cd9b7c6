"""``make bench-page``: measures how soon the pages of large jobs are there; prints one line of JSON last."""

from __future__ import annotations

import argparse
import json

from bench.explain.machine import machine
from bench.page import gallery


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=gallery.IMAGES, help="of the job that is made up")
    print(json.dumps({**gallery.measure(images=parser.parse_args().images), "machine": machine()}))


if __name__ == "__main__":
    main()
