"""The confusion matrix of a page: as a matrix of few classes, as lists of many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.pages.gallery.confusion_matrix import MOST_CLASSES, SHADES, confusion_matrix
from api.readers.images.confusion import Taken

NAMES = ("rose", "tulip")
pairs = st.dictionaries(st.tuples(st.integers(0, 40), st.integers(0, 40)), st.integers(1, 1000), max_size=80)


def taken(counts: dict[tuple[int, int], int]) -> list[Taken]:
    return [Taken(label, prediction, count) for (label, prediction), count in counts.items()]


def test_few_classes_make_a_matrix_whose_cells_lead_to_their_images() -> None:
    found = confusion_matrix("job", taken({(0, 0): 8, (0, 1): 2, (1, 1): 5}), NAMES)
    assert found is not None
    assert found.names == NAMES
    assert [[cell.count for cell in row.cells] for row in found.rows] == [[8, 2], [0, 5]]
    assert [(row.images, row.wrong) for row in found.rows] == [(10, 2), (5, 0)]
    assert found.rows[0].cells[1].url == "/jobs/job/images?label=0&prediction=1"
    assert found.rows[0].wrong_url == "/jobs/job/images?outcome=wrong&label=0"
    assert found.rows[1].cells[0].url is None
    assert [cell.shade for cell in found.rows[0].cells] == [8, 2]


def test_many_classes_make_a_list_of_the_commonest_confusions() -> None:
    counts = {(label, (label + 1) % 40): label + 1 for label in range(40)}
    found = confusion_matrix("job", taken(counts), NAMES)
    assert found is not None
    assert found.names == ()
    assert [each.count for each in found.pairs] == list(range(40, 10, -1))
    assert (found.pairs[0].label_name, found.pairs[0].prediction_name) == ("39", "rose")


def test_a_job_that_judged_no_image_has_none() -> None:
    assert confusion_matrix("job", [], NAMES) is None


@given(pairs)
def test_rows_hold_every_image_once(counts: dict[tuple[int, int], int]) -> None:
    found = confusion_matrix("job", taken(counts), NAMES)
    if not counts:
        assert found is None
        return
    assert found is not None
    assert sum(row.images for row in found.rows) == sum(counts.values())
    wrong = sum(count for (label, prediction), count in counts.items() if label != prediction)
    assert sum(row.wrong for row in found.rows) == wrong
    assert len(found.names) <= MOST_CLASSES
    for row in found.rows:
        assert not row.cells or sum(cell.count for cell in row.cells) == row.images
        assert all((cell.shade > 0) == (cell.count > 0) and cell.shade <= SHADES for cell in row.cells)
