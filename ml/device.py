"""Describes the machine: its GPUs, and how much memory a batch may take."""

from __future__ import annotations

import os

import tensorflow as tf


def on_gpu() -> bool:
    """Whether TensorFlow computes on a GPU. XLA is used only there: on a CPU it made gradients 15 times slower."""
    return bool(tf.config.list_physical_devices("GPU"))


def memory_bytes() -> int:
    """Memory that activations could use: TensorFlow's limit on the GPU, or the free main memory."""
    if on_gpu():
        from tensorflow.python.client import device_lib  # noqa: PLC0415  (no other name leads to it)

        return max(
            int(device.memory_limit) for device in device_lib.list_local_devices() if device.device_type == "GPU"
        )
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def accelerators() -> tuple[str, ...]:
    """The names of all GPUs; empty on a machine that computes on the CPU."""
    devices = tf.config.list_physical_devices("GPU")
    return tuple(str(tf.config.experimental.get_device_details(each).get("device_name", each.name)) for each in devices)
