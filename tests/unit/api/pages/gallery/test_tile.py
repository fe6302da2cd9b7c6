"""What a tile says of the value that its list is sorted by."""

from __future__ import annotations

from api.pages.gallery.gallery_view import GalleryAddress
from api.pages.gallery.tile import tiles
from api.readers.images.result_query import FoundImage
from api.routes.results import ResultItem
from jobs.results.images.image_filter import ImageFilter
from jobs.results.record import ImageRecord, MethodRecord


def sorted_by(record: ImageRecord, wanted: ImageFilter) -> str | None:
    told = record.model_dump(include=set(ResultItem.model_fields) - {"methods"})
    nothing = dict.fromkeys(("label_name", "prediction_name", "code_version"))
    item = ResultItem(
        **told, **nothing, step="shard-00000", outcome=record.outcome, methods=list(record.methods), links={}
    )
    address = GalleryAddress("j", wanted)
    (tile,) = tiles([(FoundImage("shard-00000", record), item)], address, photographs=False)
    return tile.sorted_by


def test_a_tile_tells_no_value_where_the_map_that_the_list_goes_by_is_empty() -> None:
    maps = (
        MethodRecord(method="gradcam", flags=("empty_cam",), values={"focus": None}),
        MethodRecord(method="gradcam", contrast=True, values={"focus": 0.4}),
    )
    record = ImageRecord(image_id="a", index=0, label=0, prediction=1, methods=maps)
    assert sorted_by(record, ImageFilter(sort="focus", method="gradcam")) == "focus –"
