"""Keeps what somebody wrote into a form that was refused, where the form itself is not shown again: to be copied."""

from __future__ import annotations

import json
from collections.abc import Mapping

from fastapi import HTTPException, Request

from api.http.form_body import first_text, form_body
from api.pages.forms.document import document_of
from api.pages.forms.fields import form_of
from api.pages.remarks_form import ACTION, TEXTS
from jobs.specs.spec import KINDS

KEPT: Mapping[str, tuple[str, ...]] = {ACTION: TEXTS, "POST /projects/{project}/channels": ("name",)}
"""The texts of a form by its action; keys and addresses of channels, which are secrets, are none of them."""


async def kept_texts(request: Request) -> list[tuple[str, str]]:
    """What was written, each by its name; nothing where the request sent no such form."""
    action, kind = getattr(request.state, "action", ""), request.path_params.get("kind", "")
    if action not in KEPT and not (action == "POST /new/{kind}" and kind in KINDS):
        return []
    try:
        sent = await form_body(request)
    except HTTPException:
        return []
    if action in KEPT:
        return [(name, text) for name in KEPT[action] if (text := first_text(sent, name).strip())]
    document = {"kind": kind, **document_of(form_of(kind), sent)}
    return [("specification", json.dumps(document, indent=2, ensure_ascii=False))]
