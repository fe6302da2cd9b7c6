from __future__ import annotations

from api.readers.pictures.picture_cache import Picture, PictureCache


def picture(size: int) -> Picture:
    return Picture(b"x" * size, "image/jpeg")


def nothing() -> Picture:
    raise AssertionError("it was made again")


def test_a_picture_is_made_once() -> None:
    cache = PictureCache()
    first = cache.made(("a",), lambda: picture(3))
    assert cache.made(("a",), nothing) is first


def test_the_least_used_pictures_go_first_where_bytes_run_out() -> None:
    cache = PictureCache(limit_bytes=25)
    for name in "ab":
        cache.made((name,), lambda: picture(10))
    cache.made(("a",), nothing)
    cache.made(("c",), lambda: picture(10))
    cache.made(("a",), nothing)
    assert cache.made(("b",), lambda: picture(11)).data == b"x" * 11


def test_a_picture_that_is_too_large_to_keep_is_given_all_the_same() -> None:
    cache = PictureCache(limit_bytes=5)
    assert len(cache.made(("a",), lambda: picture(10)).data) == 10
    assert len(cache.made(("a",), lambda: picture(7)).data) == 7
