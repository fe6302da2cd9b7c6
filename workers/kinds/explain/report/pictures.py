"""The pictures of the report as data URIs: photographs, overlays and mean maps."""

from __future__ import annotations

import base64
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from PIL import Image

from drawing.colours import Kind, palette
from drawing.levels import Floats, levels, smoothed, unit_range
from jobs.models.artifact import GALLERY
from jobs.results.record import ImageRecord, MethodRecord
from jobs.results.report import Report
from jobs.specs.installed_methods import describe_method
from ml.figures.gallery import PHOTO_SIZE, ClassMaps, Gallery, small_jpeg
from store.base import ObjectStore
from workers.inputs.undamaged import undamaged_bytes
from workers.kinds.explain.report.class_maps import shown_maps

CLASSES_AT_MOST = 120
_EXAMPLE_SIZE = 112
# Standard deviation of the smoothing, as a share of the side: class maps are coarse.
_SMOOTHING_SHARE = 0.04


@dataclass(frozen=True)
class ClassPicture:
    """The mean maps of a class by method, over an example of it."""

    label: int
    count: int
    photo: str | None
    maps: Mapping[str, str]


@dataclass
class Pictures:
    """What was gathered of all shards.

    Attributes:
        photos: JPEG by image id, of the images that were asked for.
        maps: class maps by method.
    """

    photos: dict[str, bytes] = field(default_factory=dict)
    maps: dict[str, ClassMaps] = field(default_factory=lambda: defaultdict(ClassMaps))

    def classes(self, examples: Mapping[int, ImageRecord]) -> tuple[ClassPicture, ...]:
        """Classes by number, those with the most images where there are too many."""
        counts = self.counts()
        chosen = sorted(label for label, _ in counts.most_common(CLASSES_AT_MOST))
        return tuple(self._class(label, counts[label], examples.get(label)) for label in chosen)

    def counts(self) -> Counter[int]:
        """How many images were explained for each class that there are maps of."""
        counts: Counter[int] = Counter()
        for maps in self.maps.values():
            for label, count in maps.counts.items():
                counts[label] = max(counts[label], count)
        return counts

    def _class(self, label: int, count: int, example: ImageRecord | None) -> ClassPicture:
        maps = {
            method: data_uri(_class_map(maps.mean(label), describe_method(method).colours), "image/png")
            for method, maps in self.maps.items()
            if label in maps.sums
        }
        return ClassPicture(label, count, self._example(example), maps)

    def _example(self, example: ImageRecord | None) -> str | None:
        if example is None or example.image_id not in self.photos:
            return None
        with Image.open(io.BytesIO(self.photos[example.image_id])) as photo:
            return data_uri(small_jpeg(photo, _EXAMPLE_SIZE), "image/jpeg")


def gather(reports: Iterable[Report], store: ObjectStore, wanted: set[str], *, check: Callable[[], None]) -> Pictures:
    """Read each shard's gallery once, and keep only what is shown; one that is damaged is left out.

    Args:
        wanted: ids of the images whose photographs are shown.
        check: called between shards; may raise to stop.
    """
    pictures = Pictures()
    for report in reports:
        check()
        for artifact in report.artifacts:
            data = undamaged_bytes(artifact, store) if artifact.name.endswith(f"/{GALLERY}") else None
            if data is not None:
                _take(pictures, Gallery.decode(data), wanted)
    return pictures


def overlays(
    records: Sequence[ImageRecord], store: ObjectStore, *, check: Callable[[], None]
) -> dict[str, dict[str, str]]:
    """Small overlays by image id and the map's name, of those that are shown, were kept and are not damaged."""
    found: dict[str, dict[str, str]] = {}
    for record in records:
        check()
        if record.image_id not in found:
            found[record.image_id] = dict(_overlays_of(shown_maps(record), store))
    return found


def data_uri(data: bytes, content_type: str) -> str:
    """The bytes of a file as an address that holds them."""
    return f"data:{content_type};base64,{base64.b64encode(data).decode()}"


def _class_map(mean: Floats, kind: Kind) -> bytes:
    """The mean map of a class (S, S) in colours, as PNG."""
    strength = unit_range(smoothed(mean, _SMOOTHING_SHARE))
    picture = levels(strength, kind, width=mean.shape[1], height=mean.shape[0])
    picture.putpalette(palette(kind).tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _overlays_of(methods: Iterable[MethodRecord], store: ObjectStore) -> Iterator[tuple[str, str]]:
    for method in methods:
        data = undamaged_bytes(method.overlay, store) if method.overlay is not None else None
        if data is not None:
            yield method.name, data_uri(_small(data), "image/jpeg")


def _small(data: bytes) -> bytes:
    """A stored picture as a small JPEG: as it is where it is one."""
    with Image.open(io.BytesIO(data)) as picture:
        return data if picture.format == "JPEG" and max(picture.size) <= PHOTO_SIZE else small_jpeg(picture)


def _take(pictures: Pictures, gallery: Gallery, wanted: set[str]) -> None:
    for image_id in wanted & gallery.photos.keys():
        pictures.photos[image_id] = gallery.photos[image_id]
    for method, maps in gallery.maps.items():
        pictures.maps[method].merge(maps)
