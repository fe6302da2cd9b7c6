"""The graphics processors that TensorFlow sees."""

from __future__ import annotations

import tensorflow as tf


def accelerators() -> tuple[str, ...]:
    """Their names, one each; empty where it computes on the processor."""
    devices = tf.config.list_physical_devices("GPU")
    return tuple(str(tf.config.experimental.get_device_details(each).get("device_name", each.name)) for each in devices)
