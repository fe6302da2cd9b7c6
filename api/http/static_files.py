"""Serves style sheets and scripts so that browsers ask, each time, whether theirs are those of this release."""

from __future__ import annotations

import os

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope


class CheckedStaticFiles(StaticFiles):
    """Files of a folder; a browser may keep them, and is told in a few bytes (304) that they are as they were.

    Without that, browsers go on with scripts of the release before for days, beside pages of the new one.
    """

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or that it did not change."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["Cache-Control"] = "no-cache"
        return answer
