"""Where the API reaches the data set, a gallery shows photographs: if asked to, and where there is no map."""

from __future__ import annotations

import re
from html import unescape

import pytest

from store.memory import MemoryStore
from tests.integration.api.conftest import Api
from tests.integration.api.pages.gallery.conftest import EXPLAINED
from tests.integration.api.pages.image.made_up import BROKEN, JOB, store_shown


def pictures(api: Api, path: str) -> list[str]:
    answer = api.http.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 200
    return [unescape(each) for each in re.findall(r'<img src="([^"]+)" loading="lazy"', answer.text)]


@pytest.mark.parametrize("sort", ["index", "outcome", "-outcome"])
def test_photographs_are_shown_where_they_are_asked_for(api: Api, store: MemoryStore, sort: str) -> None:
    store_shown(store)
    found = pictures(api, f"/jobs/{JOB}/images?show=photographs&sort={sort}")
    assert len(found) == 3  # the one that is broken has none
    assert not any(BROKEN in each for each in found)
    for each in found:
        assert "/photographs/" in each
        assert each.endswith("&longest=448")
        assert api.http.get(each).headers["content-type"] == "image/jpeg"


def test_maps_are_shown_else(api: Api, store: MemoryStore) -> None:
    store_shown(store)
    found = pictures(api, f"/jobs/{JOB}/images")
    assert len(found) == 3
    assert all("/gradcam.jpg" in each for each in found)


def test_photographs_that_nobody_reaches_are_not_offered(gallery: Api) -> None:
    html = gallery.http.get(f"/jobs/{EXPLAINED}/images", headers={"accept": "text/html"}).text
    assert 'value="photographs"' not in html
