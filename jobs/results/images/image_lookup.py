"""``lookup.parquet``: in which step an image is, by a hash of its id, in the order of the hashes.

So an image is found in the same time however many there are, and whatever their ids look like.
"""

from __future__ import annotations

from hashlib import blake2b

LOOKUP = "lookup.parquet"
HASH, STEP = "image_hash", "step"


def image_hash(image_id: str) -> int:
    """BLAKE2b with a digest of 8 bytes, little-endian, as a signed number: the same in every process and release."""
    return int.from_bytes(blake2b(image_id.encode(), digest_size=8).digest(), "little", signed=True)
