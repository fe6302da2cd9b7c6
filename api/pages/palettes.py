"""Gives the colours of maps to the pages that draw them: the same tables as those of the pictures that workers draw."""

from __future__ import annotations

import base64
import json

from fastapi import APIRouter, Request, Response

from api.http.stored_file import made_file
from drawing.colours import opacities, palette
from drawing.levels import CLIP_PERCENTILE
from drawing.overlay import SMOOTHING_SHARE

router = APIRouter(include_in_schema=False)


@router.get("/palettes.json")
def get_palettes(request: Request) -> Response:
    """For each kind of map 256 colours (RGB) and 256 opacities as base64, and how values are scaled and smoothed."""
    document = {
        "clip_percentile": CLIP_PERCENTILE,
        "smoothing_share": SMOOTHING_SHARE,
        **{
            kind: {"colours": _text(palette(kind).tobytes()), "opacities": _text(opacities(kind).tobytes())}
            for kind in ("sequential", "diverging")
        },
    }
    return made_file(request, json.dumps(document).encode(), media_type="application/json")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
