"""Columns are promises: notebooks read ``results.parquet`` by their names, and scripts sort by them."""

from __future__ import annotations

from jobs.results.columns import COLUMNS, SORTABLE
from jobs.results.measure import MEASURES

PROMISED = [
    ("image_id", "string"),
    ("index", "int64"),
    ("outcome", "string"),
    ("error", "string"),
    ("label", "int32"),
    ("label_name", "string"),
    ("prediction", "int32"),
    ("prediction_name", "string"),
    ("confidence", "float64"),
    ("top_1_label", "int32"),
    ("top_1_name", "string"),
    ("top_1_probability", "float64"),
    ("top_1_logit", "float64"),
    ("top_2_label", "int32"),
    ("top_2_name", "string"),
    ("top_2_probability", "float64"),
    ("top_2_logit", "float64"),
    ("top_3_label", "int32"),
    ("top_3_name", "string"),
    ("top_3_probability", "float64"),
    ("top_3_logit", "float64"),
    ("top_4_label", "int32"),
    ("top_4_name", "string"),
    ("top_4_probability", "float64"),
    ("top_4_logit", "float64"),
    ("top_5_label", "int32"),
    ("top_5_name", "string"),
    ("top_5_probability", "float64"),
    ("top_5_logit", "float64"),
    ("method", "string"),
    ("rank", "int32"),
    ("target", "int32"),
    ("target_name", "string"),
    ("target_logit", "float64"),
    ("score", "string"),
    ("foil", "int32"),
    ("foil_name", "string"),
    ("contrast", "bool"),
    ("layer", "string"),
    ("baseline", "string"),
    ("precision", "string"),
    ("flags", "string"),
    ("value", "float64"),
    ("baseline_value", "float64"),
    ("delta", "float64"),
    ("relative_delta", "float64"),
    ("judged_delta", "float64"),
    ("worst_relative_delta", "float64"),
    ("paths", "int64"),
    ("evaluations", "int64"),
    ("focus", "float64"),
    ("deletion_auc", "float64"),
    ("insertion_auc", "float64"),
    ("pointing_game", "float64"),
    ("energy_in_mask", "float64"),
    ("mask_share", "float64"),
    ("spearman_random_head", "float64"),
    ("spearman_random_head_abs", "float64"),
    ("spearman_random_backbone", "float64"),
    ("spearman_random_backbone_abs", "float64"),
    ("overlay_key", "string"),
    ("overlay_sha256", "string"),
    ("raw_key", "string"),
    ("raw_sha256", "string"),
    ("raw_row", "int64"),
    ("job_id", "string"),
    ("step", "string"),
    ("dataset", "string"),
    ("split", "string"),
    ("model_id", "string"),
    ("model_sha256", "string"),
    ("code_version", "string"),
]


def test_names_types_and_order_are_those_that_were_promised() -> None:
    assert [(column.name, column.type) for column in COLUMNS] == PROMISED


def test_images_are_sorted_by_what_is_measured_and_filtered_by_how_they_ended_and_their_class() -> None:
    assert ("confidence", *MEASURES) == SORTABLE
    assert [column.name for column in COLUMNS if column.filterable] == ["outcome", "label"]
