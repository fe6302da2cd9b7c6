from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from florescope.client import Client


@pytest.mark.parametrize("none", [[], (), set()])
def test_an_empty_list_of_values_lets_no_image_pass(api: Any, client: Client, none: Any) -> None:
    api.drawn = {"1.jpg": b"", "2.jpg": b""}
    job = client.job("j1")
    assert [image.id for image in job.images(label=None)] == ["1.jpg", "2.jpg"]
    assert list(job.images(label=none)) == []
    assert job.count_images(label=none) == 0


def test_a_document_of_no_image_is_refused(client: Client, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no image passes"):
        client.job("j1").save_coco(tmp_path / "results.json", label=[])
    assert list(tmp_path.iterdir()) == []
