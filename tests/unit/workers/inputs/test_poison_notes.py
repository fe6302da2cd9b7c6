"""An image is blamed for the deaths of workers, and for nothing else."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress

import pytest

from jobs import keys
from jobs.errors import StoreUnavailable
from tests.services.refusing_store import RefusingStore
from workers.inputs.poison_images import PoisonImages

KEY, IMAGE = keys.suspect("job", "shard-00000"), 3
DEAD: list[AbstractContextManager[None]] = []


@pytest.fixture
def store() -> RefusingStore:
    return RefusingStore("notes")


def cut_off(store: RefusingStore, *, deaths: int) -> None:
    """Work on the image with a store that goes away meanwhile: the note cannot be taken back."""
    with suppress(StoreUnavailable), PoisonImages(store, KEY, deaths=deaths).under_way(IMAGE):
        store.away = True
        store.get("picture")
    store.away = False


def die(store: RefusingStore, *, deaths: int) -> None:
    """Die while the image is under way: what follows the note never runs."""
    work = PoisonImages(store, KEY, deaths=deaths).under_way(IMAGE)
    work.__enter__()
    DEAD.append(work)


def test_outages_of_the_store_make_no_image_poison(store: RefusingStore) -> None:
    for _ in range(3):
        cut_off(store, deaths=2)
    assert not PoisonImages(store, KEY, deaths=2).is_poison(IMAGE)


def test_an_outage_and_one_death_make_no_image_poison(store: RefusingStore) -> None:
    cut_off(store, deaths=2)
    die(store, deaths=2)
    assert not PoisonImages(store, KEY, deaths=3).is_poison(IMAGE)


def test_two_deaths_make_an_image_poison(store: RefusingStore) -> None:
    die(store, deaths=2)
    cut_off(store, deaths=3)
    die(store, deaths=3)
    poison = PoisonImages(store, KEY, deaths=4)
    assert poison.is_poison(IMAGE)
    assert poison.reason(IMAGE) == "its worker died 2 times on this image"
