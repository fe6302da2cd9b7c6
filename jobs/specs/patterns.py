"""Defines the patterns that strings in a specification must match, each with a description for error messages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

NAME = r"^[A-Za-z0-9][A-Za-z0-9 ._:/+\-]*$"
DATASET = r"^((store:|s3://)[^\x00-\x1f\x7f-\x9f]+|[A-Za-z0-9_]+(/[A-Za-z0-9_.+\-]+)?(:[\d.*]+)?)$"
SPLIT = r"^[A-Za-z0-9_]+(\[(\d*|\d{1,3}%):(\d*|\d{1,3}%)\])?$"
SPLITS = SPLIT[:-1] + rf"(\+{SPLIT[1:-1]}){{0,9}}$"
FEATURE = r"^[A-Za-z0-9_][A-Za-z0-9 _.\-]*$"
BASELINE = r"^(black|white|mean|blur|random:([1-9]\d?|1\d\d|2[0-4]\d|25[0-6]))$"
SCORE = r"^(centred|logit|log_probability|against:\S.{0,199})$"
TARGET = r"^(predicted|true|top:[1-9]\d{0,2})$"
METHOD = r"^[a-z][a-z0-9_+]*$"
SHA256 = r"^[0-9a-f]{64}$"
TAG = r"^\w([\w .:+#/=@\-]*[\w.:+#/=@\-])?$"

ACCEPTED: Mapping[str, str] = MappingProxyType(
    {
        NAME: "letters, digits, blanks and . _ : / + - with a letter or a digit at the start",
        DATASET: "'synthetic_flowers', 'store:datasets/<folder>', 's3://<bucket>/<prefix>', or the name of a data set "
        "of TFDS itself, such as 'oxford_flowers102', 'name/configuration' or 'name:1.0.0'; not of others' "
        "collections, whose code would be fetched and run",
        SPLIT: "the name of a split, made of letters, digits and _, alone or with a range of its images: 'test', "
        "'test[0:64]', 'test[128:]', or of its shares: 'all[0%:80%]'",
        SPLITS: "the name of a split, alone or with a range: 'train', 'train[0:64]'; or several with a plus between "
        "them: 'train+validation'",
        FEATURE: "the name of a feature that holds labels, made of letters, digits, blanks, _, . and -, such as "
        "'coarse_label'",
        BASELINE: "'black', 'white', 'mean', 'blur' or 'random:n' with n from 1 to 256, such as 'random:8'",
        SCORE: "'centred', 'logit', 'log_probability', 'against:second', 'against:true' or 'against:' with the name or "
        "the index of a class",
        TARGET: "'predicted', 'true', 'top:k' with k from 1 to 999, such as 'top:3', or the index of a "
        "class, such as 0",
        METHOD: "the name of a method, made of letters a to z, digits, _ and + with a letter at the start, such as "
        "'gradcam++'; in an address, + is written %2B",
        TAG: "a tag of letters, digits, blanks and . : + # / = @ - with a letter or a digit at the start",
        SHA256: "a SHA-256 of 64 digits 0 to 9 and a to f",
    }
)
"""Each pattern described: all values that the field accepts, other types included."""
