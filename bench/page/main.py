"""``make bench-page``: measures how soon pages of results are there; prints one line of JSON last."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from functools import partial

from bench.named_figures import figures_parser, measured, print_and_exit
from bench.page import gallery, next_image

FIGURES: Mapping[str, Callable[[Namespace], Mapping[str, float]]] = {
    "gallery": lambda asked: gallery.measure(images=asked.images),
    "next_image": lambda asked: next_image.measure(asked.address),
}


def main() -> None:
    """Measure and print."""
    parser = figures_parser(__doc__, FIGURES)
    parser.add_argument("--images", type=int, default=gallery.IMAGES, help="of the job whose gallery is measured")
    parser.add_argument("--address", help="of the first image of a list on a server that runs, for next_image")
    asked = parser.parse_args()
    print_and_exit(*measured({name: partial(FIGURES[name], asked) for name in asked.figures}))


if __name__ == "__main__":
    main()
