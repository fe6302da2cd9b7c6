"""Images in a folder of their own, which is gone at the end. FLORESCOPE_IMAGES_DIR names one that stays."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.compose_file import ROOT, services
from tests.services.containers.container_stack import IMAGES, ContainerStack, container_stack
from tests.services.containers.image_store import ImageStore, require_programs

REPORT = ROOT / "var" / "images.json"


@pytest.fixture(scope="session")
def store(request: pytest.FixtureRequest) -> Iterator[ImageStore]:
    if not request.config.option.images:
        pytest.skip("builds images for many minutes: make test-images does it")
    require_programs()
    kept = os.environ.get("FLORESCOPE_IMAGES_DIR")
    folder = Path(kept or tempfile.mkdtemp(prefix="florescope-images-"))
    store = ImageStore(folder)
    try:
        store.make_base()
        yield store
    finally:
        if not kept:
            store.remove()


@pytest.fixture(scope="session")
def built(store: ImageStore) -> ImageStore:
    """The store with all images in it; their sizes and layers are written down."""
    for tag, target in IMAGES.items():
        store.build(target, tag)
    store.make_redis(str(services()["redis"].document["image"]))
    found = {
        tag: {"bytes": store.size_bytes(tag), "layers": len(store.inspect(tag)["rootfs"]["diff_ids"])} for tag in IMAGES
    }
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(found))
    return store


@pytest.fixture(scope="session")
def stack(built: ImageStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerStack]:
    folder = tmp_path_factory.mktemp("containers")
    for parent in (folder, *folder.parents[:2]):  # users of containers must get to what is mounted
        parent.chmod(0o755)
    with container_stack(built, folder) as running:
        yield running
