"""The gallery: its address says which images it shows, and each thing that it offers leads to them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import Api
from tests.integration.api.pages.gallery.conftest import EVALUATED, EXPLAINED

HERE = f"/jobs/{EXPLAINED}/images"
AS_PERSON = {"accept": "text/html"}


def show(api: Api, path: str = HERE, **query: Any) -> str:
    answer = api.http.get(path, params=query or None, headers=AS_PERSON)
    assert answer.status_code == 200, answer.text
    return answer.text


def ids(html: str) -> list[str]:
    """Numbers of the images on a page, in order."""
    return re.findall(r'class="card tile[^>]*><a href="/jobs/[^/]+/images/flowers/(\d+)', html)


def link(html: str, text: str) -> str:
    """The address that the first link with this text leads to."""
    return unescape(re.findall(rf'<a[^>]*href="([^"]+)"[^>]*>{re.escape(text)}</a>', html)[0])


def choice(html: str, facet: str, text: str) -> tuple[str, int]:
    """The address of a choice of a facet, and its count."""
    within = html.split(f"<h2>{facet}")[1].split("</section>", maxsplit=1)[0]
    counts = re.findall(rf'>{re.escape(text)}</a><span class="count">([\d,]+)</span>', within)
    return link(within, text), int(counts[0])


def test_all_images_are_shown_in_the_order_of_the_split(gallery: Api) -> None:
    html = show(gallery)
    assert "<strong>60</strong> images, page 1 of 2" in html
    assert ids(html) == [f"{number:03d}" for number in range(48)]
    assert ids(show(gallery, page=2)) == [f"{number:03d}" for number in range(48, 60)]


def test_filters_and_the_order_stand_in_the_address(gallery: Api) -> None:
    html = show(gallery, outcome="wrong", label=["rose", "2"], range="focus:0.1..0.5", sort="-focus")
    assert ids(html) == ["050", "045", "035", "030", "020", "015"]
    assert "Focus 0.1 to 0.5".lower() in html
    assert "class rose" in html


def test_a_choice_leads_to_the_images_that_it_counts_and_back(gallery: Api) -> None:
    address, count = choice(show(gallery), "Outcome", "wrong")
    wrong = show(gallery, address)
    assert (len(ids(wrong)), count) == (12, 12)
    address, count = choice(wrong, "True class", "tiger lily")
    lilies = show(gallery, address)
    assert (len(ids(lilies)), count) == (4, 4)
    assert "<strong>4</strong> images" in lilies
    without, _ = choice(lilies, "Outcome", "wrong")
    assert ids(show(gallery, without)) == ids(show(gallery, label=1))
    assert ids(show(gallery, link(lilies, "all images"))) == ids(show(gallery))


@pytest.mark.parametrize("facet", ["Confidence", "Flags", "Predicted class"])
def test_every_choice_of_a_facet_leads_to_as_many_images_as_it_says(gallery: Api, facet: str) -> None:
    html = show(gallery)
    within = html.split(f"<h2>{facet}")[1].split("</section>")[0]
    for text in re.findall(r">([^<]+)</a><span", within):
        address, count = choice(html, facet, text)
        assert f"<strong>{count}</strong> image" in show(gallery, address), text


def test_the_filter_calls_an_outcome_what_tiles_call_it(gallery: Api) -> None:
    address, count = choice(show(gallery), "Outcome", "correct")
    assert "outcome=correct" in address
    assert count == 46


def test_a_tile_leads_to_its_image_in_the_same_list(gallery: Api) -> None:
    html = show(gallery, outcome="wrong", sort="-confidence", page=1, tile="large")
    address = f"/jobs/{EXPLAINED}/images/flowers/055%20%26%20more.jpg?sort=-confidence&outcome=wrong"
    assert address in unescape(html)


def test_the_form_leads_to_an_address_without_what_was_left_empty(gallery: Api) -> None:
    sent = "search=&label=tulip&label=2&prediction=&measure=focus&at_least=0.2&at_most=&sort=index&method=&tile=small"
    answer = gallery.http.get(f"{HERE}?{sent}&outcome=wrong", headers=AS_PERSON, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{HERE}?outcome=wrong&label=2&range=focus:0.2..&tile=small"


def test_the_map_of_the_chosen_method_is_shown(gallery: Api) -> None:
    assert "/gradcam.jpg" in show(gallery)
    html = show(gallery, show="layercam")
    assert "/layercam.jpg" in html
    assert "/gradcam.jpg" not in html
    assert "nothing speaks for the class" in html
    assert "it is no picture" in html


def test_an_evaluation_has_a_gallery_too(gallery: Api) -> None:
    assert len(ids(show(gallery, f"/jobs/{EVALUATED}/images", outcome="wrong"))) == 12


def test_the_same_list_is_offered_to_programs(gallery: Api) -> None:
    html = show(gallery, outcome="wrong", label=1, sort="-focus")
    listed = gallery.http.get(link(html, "JSON")).json()
    assert [item["image_id"][8:11] for item in listed["items"]] == ids(html)
    assert f"florescope results {EXPLAINED} --sort -focus --outcome wrong --class 1" in html


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("outcome=right", "outcome"),
        ("label=orchid", "&#39;orchid&#39; is no class: expected a number from 0 to 2, or a name: rose, tiger lily"),
        ("prediction=1e3", "is no class"),
        ("sort=beauty", "sort"),
        ("sort=index;drop table", "sort"),
        ("range=focus:a..b", "is no number"),
        ("range='; select 1", "is no range"),
        ("method=lime", "there are maps by gradcam, layercam"),
        ("show=lime", "there are maps by gradcam, layercam"),
        ("page=0", "page"),
        ("page=3", "there is no page 3: this list has 2"),
        ("page=999999999999999999999", "page"),
        ("tile=huge", "tile"),
        ("at_least=1", "say of what these are the bounds"),
        ("colour=red", "unknown query parameter"),
        ("search=" + "x" * 501, "search"),
    ],
)
def test_what_cannot_be_gets_a_page_that_says_so(gallery: Api, query: str, words: str) -> None:
    answer = gallery.http.get(f"{HERE}?{query}", headers=AS_PERSON)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "query", ["search=%00", "id=%ff%fe", "search='", "id=a%22b", "flag=%25", "search=%F0%9F%8C%B7"]
)
def test_an_odd_text_finds_nothing(gallery: Api, query: str) -> None:
    answer = gallery.http.get(f"{HERE}?{query}", headers=AS_PERSON)
    assert answer.status_code == 200
    assert "No image is so." in answer.text


def test_a_job_that_is_not_there_gets_a_page_that_says_so(gallery: Api) -> None:
    answer = gallery.http.get("/jobs/nobody/images", headers=AS_PERSON)
    assert answer.status_code == 404
    assert "nobody" in answer.text


def test_a_job_without_images_says_where_they_come_from(gallery: Api) -> None:
    job_id = gallery.submit()
    assert "This job has no images yet" in show(gallery, f"/jobs/{job_id}/images")
    gallery.end(job_id)
    ended = show(gallery, f"/jobs/{job_id}/images")
    assert "This job is over and has no images" in ended
    assert "yet" not in ended


def matrix_cells(html: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'<td class="shade-[^"]*"><a href="([^"]+)"', html)]


@pytest.mark.parametrize("job_id", [EXPLAINED, EVALUATED])
def test_a_cell_of_the_confusion_matrix_leads_to_its_images(gallery: Api, job_id: str) -> None:
    html = show(gallery, f"/jobs/{job_id}")
    counts = re.findall(r'aria-label="rose taken for tiger lily: (\d+)"', html)
    cells = matrix_cells(html)
    assert len(cells) == 6
    assert counts == ["4"]
    rose_for_lily = next(cell for cell in cells if cell.endswith("label=0&prediction=1"))
    assert len(ids(show(gallery, rose_for_lily))) == 4


def test_the_counts_of_a_list_are_told_to_programs(gallery: Api) -> None:
    found: httpx.Response = gallery.http.get(f"/v1/jobs/{EXPLAINED}/facets", params={"outcome": "wrong"})
    assert found.json()["total"] == 12
    assert found.json()["outcome"] == {"correct": 46, "wrong": 12, "error": 2}
    assert found.json()["flag"] == {}
