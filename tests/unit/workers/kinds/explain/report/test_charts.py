from __future__ import annotations

import numpy as np

from workers.kinds.explain.report.charts import histogram, scatter


def test_a_histogram_counts_every_value_once_also_those_beyond_its_end() -> None:
    chart = histogram("δ", np.array([0.01, 0.02, 0.5, 7.0]), low=0, high=0.1)
    assert chart is not None
    assert sum(int(bar.text.rsplit(": ", 1)[1]) for bar in chart.bars) == 4
    assert chart.note == "2 beyond 0.1, counted in the last bar"


def test_equal_values_make_a_histogram_too() -> None:
    chart = histogram("evaluations", np.zeros(2), low=0, high=0)
    assert chart is not None
    assert len(chart.bars) == 1
    assert histogram("nothing", np.empty(0), low=0, high=1) is None


def test_a_scatter_plot_of_many_images_shows_an_even_selection() -> None:
    chart = scatter("GradCAM", np.linspace(0, 1, 10_000), np.full(10_000, 0.5), right=np.ones(10_000, bool))
    assert chart is not None
    assert (chart.count, chart.shown) == (10_000, chart.right.count("M"))
    assert chart.shown <= 1500
