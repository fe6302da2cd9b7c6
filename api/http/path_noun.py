"""The name of a thing in a path: all up to a colon, behind which stands what is to be done with it."""

from __future__ import annotations

from starlette.convertors import StringConvertor, register_url_convertor

NOUN = "noun"


class Noun(StringConvertor):
    """So ``/jobs/{job_id:noun}`` is not the address of ``/jobs/1:cancel``."""

    regex = "[^/:]+"


register_url_convertor(NOUN, Noun())
