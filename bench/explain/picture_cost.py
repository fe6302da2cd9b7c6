"""What an image of a GradCAM job costs besides explaining it: CPU time of this process per image, and bytes.

CPU time and not a clock, so that other programs on the machine matter little.
"""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image

from bench.explain.real_model import DATASET, FEATURE_LAYER, IMAGE_SIZE, SPLIT
from bench.explain.subject import Subject
from drawing.colours import Kind
from drawing.encoding import jpeg
from drawing.overlay import overlay
from ml.attribution.explainer import Explainer, ExplainOptions
from ml.data import tfds_dataset, tfds_records
from ml.data.images import decode, resize
from ml.figures.gallery import small_jpeg
from store.local import LocalStore

MAPS: Mapping[str, tuple[Kind, int]] = {"gradcam": ("sequential", 64), "integrated_gradients": ("diverging", 8)}
ROUNDS, LATE = 5, 3500
LARGE = (4000, 3000)
Item = TypeVar("Item")


def measure(subject: Subject) -> Mapping[str, object]:
    """``<what>_cpu_ms`` and ``<what>_kb``, medians over rounds; ``_difference`` is in levels of 256, on average."""
    found = {**_reading(subject), **_decoding()}
    for method, (kind, images) in MAPS.items():
        found |= {f"{method}_{name}": value for name, value in _overlays(subject, method, kind, images).items()}
    return found


def _overlays(subject: Subject, method: str, kind: Kind, images: int) -> dict[str, float]:
    options = ExplainOptions(FEATURE_LAYER, methods=(method,))
    explained = Explainer(subject.model, options).explain(subject.images[:images], subject.labels[:images])
    maps = [one.methods[method] for one in explained]
    heatmaps = [one.map if one.layer_map is None else one.layer_map for one in maps]
    pairs = list(zip(subject.images, heatmaps, strict=False))
    drawn = [overlay(image, heatmap, kind=kind) for image, heatmap in pairs]
    found = {"drawn_cpu_ms": _cpu_ms(lambda pair: overlay(*pair, kind=kind), pairs)}
    with tempfile.TemporaryDirectory() as folder:
        store = LocalStore(Path(folder))
        for name, encode in FORMS.items():
            files = [encode(picture) for picture in drawn]
            found[f"{name}_cpu_ms"] = _cpu_ms(encode, drawn)
            found[f"{name}_kb"] = statistics.mean(map(len, files)) / 1000
            found[f"{name}_difference"] = statistics.mean(map(_difference, files, drawn))
            found[f"{name}_put_cpu_ms"] = _cpu_ms(partial(store.put, f"{name}/picture", flushed=False), files)
    return found


def _saved(picture: Image.Image, form: str, **options: int | bool) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


FORMS: Mapping[str, Callable[[Image.Image], bytes]] = {
    "stored": jpeg,
    "png": partial(_saved, form="PNG", compress_level=1),
    "jpeg_85": partial(_saved, form="JPEG", quality=85),
    "jpeg_85_full_colour": partial(_saved, form="JPEG", quality=85, subsampling=0),
    "jpeg_90": partial(_saved, form="JPEG", quality=90),
    "jpeg_90_full_colour": partial(_saved, form="JPEG", quality=90, subsampling=0),
    "webp_85": partial(_saved, form="WEBP", quality=85, method=0),
    "webp_lossless": partial(_saved, form="WEBP", lossless=True, quality=0, method=0),
}


def _difference(file: bytes, picture: Image.Image) -> float:
    with Image.open(io.BytesIO(file)) as found:
        levels = np.asarray(found.convert("RGB"), np.int16) - np.asarray(picture, np.int16)
    return float(np.abs(levels).mean())


def _reading(subject: Subject) -> dict[str, float]:
    """Records of a slice, from the start of a file and from far behind it, in both ways; then what is done with them.

    File names before the slice were read before, as they are once per process.
    """
    builder = tfds_dataset._prepared(DATASET, subject.places.tfds_dir)
    wanted = ["image", "label", *([tfds_dataset.NAME] if tfds_dataset.NAME in builder.info.features else [])]
    found = {}
    for name, read in (("plain", _plain), ("pipeline", tfds_records._records_by_pipeline)):
        for place, start in (("first", 0), ("late", LATE)):
            records = partial(read, builder, SPLIT, range(start, start + 512), wanted=wanted)
            found[f"read_{place}_{name}_cpu_ms"] = _cpu_ms(_exhausted, [records]) / 512
    data = [record[0] for record in _plain(builder, SPLIT, range(256), wanted=wanted)]
    return {
        **found,
        "decode_then_resize_cpu_ms": _cpu_ms(lambda each: resize(decode(each), IMAGE_SIZE), data),
        "decode_to_size_cpu_ms": _cpu_ms(lambda each: decode(each, IMAGE_SIZE), data),
        "photograph_cpu_ms": _cpu_ms(small_jpeg, [Image.fromarray(image) for image in subject.images]),
    }


def _plain(builder: object, split: str, indices: range, *, wanted: Sequence[str]) -> Iterator[Any]:
    return tfds_records.records(builder, split, indices, wanted=wanted)


def _decoding() -> dict[str, float]:
    """A photograph of 12 megapixels for a network of 224 pixels: whole, and as it is decoded for that size."""
    rng = np.random.default_rng(0)
    blocks: npt.NDArray[np.uint8] = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    data = _saved(Image.fromarray(blocks).resize(LARGE, Image.Resampling.BICUBIC), "JPEG", quality=90)
    found = decode(data, IMAGE_SIZE).astype(int) - resize(decode(data), IMAGE_SIZE)
    return {
        "large_whole_cpu_ms": _cpu_ms(lambda each: resize(decode(each), IMAGE_SIZE), [data]),
        "large_to_size_cpu_ms": _cpu_ms(lambda each: decode(each, IMAGE_SIZE), [data]),
        "large_difference": float(np.abs(found).mean()),
    }


def _exhausted(records: Callable[[], Iterator[object]]) -> None:
    for _ in records():
        pass


def _cpu_ms(work: Callable[[Item], object], items: Sequence[Item]) -> float:
    """Per item; the median over the rounds, after one that warms up."""
    rounds = []
    for _ in range(1 + ROUNDS):
        started = time.process_time()
        for item in items:
            work(item)
        rounds.append((time.process_time() - started) / len(items) * 1000)
    return statistics.median(rounds[1:])
