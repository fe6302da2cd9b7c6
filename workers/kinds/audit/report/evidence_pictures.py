"""Draws and stores the pictures that findings show, each image as the model sees it, with the place that is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from drawing.encoding import jpeg
from drawing.overlay import overlay
from jobs.models.artifact import Artifact
from jobs.results.finding import Box, ByExample, Evidence, Finding, Neighbour
from jobs.specs.audit_spec import AuditSpec
from ml.data.image_size import ImageSize, height_and_width
from workers.inputs.step_inputs import dataset_of_step
from workers.kinds.audit.given.seen_images import SeenImages
from workers.kinds.audit.given.split_pictures import SplitPictures
from workers.step.step_context import StepContext

SMALLEST_SIDE = 128
_OUTLINE, _HALO = (255, 255, 255), (0, 0, 0)
Map = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Split:
    """Where the pictures of a split come from."""

    rows: dict[str, int]
    pictures: SplitPictures


class EvidencePictures:
    """Stores the pictures of one audit; ``stored`` lists them."""

    def __init__(
        self, spec: AuditSpec, context: StepContext, seen: SeenImages | None, training: SeenImages | None
    ) -> None:
        self._context = context
        self._audited, self._training = spec.split, str(spec.training_split)
        trained_on = next((stage.split for stage in context.plan.stages if stage.split), None)
        given = ((self._audited, context.plan.split, seen), (self._training, trained_on, training))
        self._splits = {name: self._split(spec, str(split), images) for name, split, images in given if images}
        self.stored: list[Artifact] = []

    def of_findings(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """The findings, with the names of the pictures of their evidence."""
        self._read_ahead((each.split, each.image_id) for finding in findings for each in finding.evidence)
        return tuple(
            finding.model_copy(update={"evidence": self._shown(number, finding.evidence)})
            for number, finding in enumerate(findings, start=1)
        )

    def by_example(self, examples: Sequence[ByExample], maps: Mapping[str, Map]) -> tuple[ByExample, ...]:
        """The wrong images with their pictures, and their maps where there are some."""
        near = [near for each in examples for near in (*each.true_class, *each.predicted_class)]
        self._read_ahead((self._training, each.image_id) for each in near)
        self._read_ahead((self._audited, each.image_id) for each in examples)
        return tuple(
            self._example(number, each, maps.get(each.image_id)) for number, each in enumerate(examples, start=1)
        )

    def _read_ahead(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Read these pictures of each split in one go."""
        rows: dict[str, list[int]] = {split: [] for split in self._splits}
        for split, image_id in wanted:
            rows[split].append(self._splits[split].rows[image_id])
        for split, found in rows.items():
            self._splits[split].pictures(found)

    def _split(self, spec: AuditSpec, split: str, images: SeenImages) -> _Split:
        size = _shown_size(self._context.plan.used_model.height_and_width)
        source, check = dataset_of_step(spec.dataset, self._context, label=spec.label), self._context.pulse.check
        rows = {str(image_id): row for row, image_id in enumerate(images.image_ids)}
        return _Split(rows, SplitPictures(source, split, images, size=size, check=check))

    def _shown(self, number: int, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
        return tuple(
            each.model_copy(
                update={"picture": self._put(f"{number:03d}-{place}", each.split, each.image_id, each.place)}
            )
            for place, each in enumerate(evidence, start=1)
        )

    def _example(self, number: int, example: ByExample, likeness: Map | None) -> ByExample:
        near = {
            name: tuple(
                self._neighbour(f"{number:03d}-{name}-{place}", each) for place, each in enumerate(found, start=1)
            )
            for name, found in (("true_class", example.true_class), ("predicted_class", example.predicted_class))
        }
        picture = self._put(f"example-{number:03d}", self._audited, example.image_id)
        over = None if likeness is None else self._drawn(f"example-{number:03d}-likeness", example.image_id, likeness)
        return example.model_copy(update={"picture": picture, "likeness": over, **near})

    def _neighbour(self, name: str, near: Neighbour) -> Neighbour:
        return near.model_copy(update={"picture": self._put(f"example-{name}", self._training, near.image_id)})

    def _put(self, name: str, split: str, image_id: str, place: Box | None = None) -> str:
        """Store the picture, and say its name among the files of the job."""
        picture = Image.fromarray(self._pixels(split, image_id))
        if place is not None:
            _mark(picture, place)
        return self._store(name, picture)

    def _drawn(self, name: str, image_id: str, heatmap: Map) -> str:
        """Store an audited image under a map of it, and say its name."""
        return self._store(name, overlay(self._pixels(self._audited, image_id), heatmap, kind="sequential"))

    def _pixels(self, split: str, image_id: str) -> npt.NDArray[np.uint8]:
        images = self._splits[split]
        found: npt.NDArray[np.uint8] = images.pictures([images.rows[image_id]])[0]
        return found

    def _store(self, name: str, picture: Image.Image) -> str:
        path = f"{self._context.step}/{name}.jpg"
        self.stored.append(self._context.files.put(path, jpeg(picture), "image/jpeg"))
        return path


def _shown_size(size: ImageSize) -> ImageSize:
    """The model's size, enlarged by a whole number where that is too small to look at."""
    height, width = height_and_width(size)
    times = max(1, -(-SMALLEST_SIDE // min(height, width)))
    return height * times, width * times


def _mark(picture: Image.Image, place: Box) -> None:
    """Draw a rectangle around a place: white within black, so that it shows on any picture."""
    width, height = picture.size
    left, top = place.left * width, place.top * height
    right, bottom = max(place.right * width - 1, left + 1), max(place.bottom * height - 1, top + 1)
    line = max(1, min(picture.size) // 96)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((left, top, right, bottom), outline=_HALO, width=3 * line)
    draw.rectangle((left + line, top + line, right - line, bottom - line), outline=_OUTLINE, width=line)
