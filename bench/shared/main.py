"""``make bench-shared``: measures what it costs to share an installation; prints one line of JSON last."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import structlog

from bench.named_figures import Measure, figures_parser, measured, print_and_exit
from bench.shared import auth_overhead, fair_share, preview_wait

FIGURES: Mapping[str, Measure] = {
    "auth_overhead": auth_overhead.measure,
    "preview_wait_s": preview_wait.measure,
    "fair_share_error": fair_share.measure,
}


def main() -> None:
    """Measure and print."""
    asked = figures_parser(__doc__, FIGURES).parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print_and_exit(*measured({name: FIGURES[name] for name in asked.figures}))


if __name__ == "__main__":
    main()
