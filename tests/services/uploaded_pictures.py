"""A few pictures in a bucket, and jobs that are small enough for them."""

from __future__ import annotations

import io
from itertools import product
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DATASET = "store:datasets/pictures"
COLOURS = {"blue": (40, 60, 200), "red": (200, 40, 60)}
TRAIN = {
    "kind": "train",
    "dataset": DATASET,
    "backbone": "SmallCNN",
    "weights": "none",
    "image_size": 32,
    "epochs": 1,
    "batch_size": 4,
}
EXPLAIN = {"kind": "explain", "dataset": DATASET, "split": "test", "shard_size": 4, "contrast": "none"}


def upload_pictures(bucket: S3Client) -> None:
    """Four pictures of each class and split, in folders as the program reads them."""
    for split, (name, colour), number in product(("train", "validation", "test"), COLOURS.items(), range(4)):
        picture = io.BytesIO()
        Image.new("RGB", (40, 40), (*colour[:2], colour[2] + number)).save(picture, "PNG")
        key = f"datasets/pictures/{split}/{name}/{number}.png"
        bucket.put_object(Bucket="florescope", Key=key, Body=picture.getvalue())
