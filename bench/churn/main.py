"""``make bench-churn``: what it costs that workers come and go, to be watched and to leave; prints JSON last."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from bench.churn import coming_and_going, exports, idle_log, scrape
from bench.named_figures import figures_parser, measured, print_and_exit

FIGURES: Mapping[str, Callable[[Path], Mapping[str, float]]] = {
    "churn": partial(coming_and_going.measure, shard=coming_and_going.SHORT),
    "churn_long": partial(coming_and_going.measure, shard=coming_and_going.LONG),
    "idle_log": idle_log.measure,
    "scrape": scrape.measure,
    "exports": exports.measure,
}


def main() -> None:
    """Measure and print."""
    asked = figures_parser(__doc__, FIGURES).parse_args()
    print_and_exit(*measured({name: partial(_in_a_folder, FIGURES[name]) for name in asked.figures}))


def _in_a_folder(measure: Callable[[Path], Mapping[str, float]]) -> Mapping[str, float]:
    with tempfile.TemporaryDirectory(prefix="florescope-churn-") as folder:
        return measure(Path(folder))


if __name__ == "__main__":
    main()
