from __future__ import annotations

from tests.services.places import put_in_place


def test_a_checkout_below_a_folder_that_is_itself_replaced_stays_where_it_is() -> None:
    places = {"/app/": "/tmp/checkout/", "/tmp/": "/var/here/"}  # noqa: S108
    assert put_in_place("--conf=/app/a.py --pid=/tmp/b", places) == "--conf=/tmp/checkout/a.py --pid=/var/here/b"
