"""The name of a thing in a path: all up to a colon, behind which stands what is to be done with it."""

from __future__ import annotations

from starlette.convertors import StringConvertor, register_url_convertor

NOUN = "noun"
FOLDER_NOUN = "foldernoun"


class Noun(StringConvertor):
    """So ``/jobs/{job_id:noun}`` is not the address of ``/jobs/1:cancel``."""

    regex = "[^/:]+"


class FolderNoun(StringConvertor):
    """The path of a picture or a folder, not that of what is to be done with a folder."""

    regex = r"(?:(?!(?::(?:restore|archive|unarchive)|/dependents)$).)+"


def folder_path(path: str) -> str:
    """A path below ``datasets/`` as a request means it; access is decided, and folders are found, by this alone."""
    return path.strip("/")


register_url_convertor(NOUN, Noun())
register_url_convertor(FOLDER_NOUN, FolderNoun())
