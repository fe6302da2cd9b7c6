"""Chooses a batch size: fixed on a CPU, on a GPU estimated from the model's layers (and halved if memory runs out)."""

from __future__ import annotations

import math

import keras

from ml.device import memory_bytes, on_gpu

# TensorFlow frees activations as it goes, but its allocator leaves gaps, and others need memory too.
USABLE_SHARE = 0.25
# Larger batches were not faster: the GPU is fully used.
MOST_ON_GPU = 256
# Measured as the fastest on a CPU: its caches are full at this size, and more memory does not help.
IMAGES_ON_CPU, POINTS_ON_CPU = 16, 32


def fitting_batch_size(model: keras.Model, *, gradients: bool) -> int:
    """How many images to compute at once: on a CPU a fixed number, on a GPU as many as fit, at most ``MOST_ON_GPU``.

    On a GPU it is the largest power of two whose activations take at most a quarter of the memory.

    Args:
        model: that will be computed in float32.
        gradients: whether all activations must be kept for a backward pass.
    """
    if not on_gpu():
        return POINTS_ON_CPU if gradients else IMAGES_ON_CPU
    fitting = int(USABLE_SHARE * memory_bytes() / activation_bytes(model, gradients=gradients))
    return max(1, min(MOST_ON_GPU, 2 ** int(math.log2(max(1, fitting)))))


def activation_bytes(model: keras.Model, *, gradients: bool) -> int:
    """Bytes of float32 that one image's activations take, all at once for gradients, else the largest two."""
    sizes = sorted(_elements(layer) for layer in model.layers)
    return max(1, 4 * (2 * sum(sizes) if gradients else sum(sizes[-2:])))


def _elements(layer: keras.Layer) -> int:
    outputs = layer.output if isinstance(layer.output, list) else [layer.output]
    return sum(math.prod(size or 1 for size in output.shape[1:]) for output in outputs)
