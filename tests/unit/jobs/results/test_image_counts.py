"""What a report says of the images of its step, in a few numbers."""

from __future__ import annotations

from jobs.results.image_counts import add_counts, count_images
from jobs.results.record import ImageRecord, MethodRecord


def record(*counts: tuple[str, float | None]) -> ImageRecord:
    methods = tuple(MethodRecord(method=method, values={"evaluations": count}) for method, count in counts)
    return ImageRecord(image_id="a", index=0, methods=(*methods, MethodRecord(method="gradcam", values={"focus": 1.0})))


def test_evaluations_of_all_maps_add_up_by_method() -> None:
    first = count_images([record(("integrated_gradients", 24.0), ("occlusion", 9.0)), record(("occlusion", None))])
    assert first.evaluations == {"integrated_gradients": 24, "occlusion": 9}
    second = count_images([record(("integrated_gradients", 8.0), ("integrated_gradients", 8.0))])
    assert add_counts([first, second, count_images([])]).evaluations == {"integrated_gradients": 40, "occlusion": 9}
