"""What docs/python-client.md shows works as it stands there, block after block."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest

from florescope import Client
from tests.services.light_explanations import light_spec

PAGE = Path(__file__).resolve().parents[3] / "docs" / "python-client.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_every_block_of_the_page_runs(
    stack: Any, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    submit = Client.submit

    def submit_light(client: Client, **spec: Any) -> Any:
        """As the page has it, but explained without a training, by a worker in a thread."""
        if spec["kind"] != "explain":
            return submit(client, **spec)
        job = submit(client, light_spec(10), split=spec["split"])
        threading.Thread(target=stack.work_on, args=(job,)).start()
        return job

    monkeypatch.setattr(Client, "submit", submit_light)
    names: dict[str, Any] = {}
    for block in BLOCKS:
        exec(block.replace("http://127.0.0.1:8000", client.url), names)  # noqa: S102  (the repository's own page)
    said = capsys.readouterr().out
    names["client"].close()
    assert len(BLOCKS) == 6
    assert "completed_with_errors 9" in said
    assert len(names["table"]) == 10
    assert list(names["worst"]["image_id"]) == ["flower 9.jpg", "flower 7.jpg", "flower 5.jpg", "flower 1.jpg"]
    assert names["picture"] == b"picture 0"
    assert "there is nothing to cancel" in said
    assert "there is no job 'nothing'" in said
