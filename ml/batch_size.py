"""How many images fit: estimated from the model's layers, and halved later where the estimate was too bold."""

from __future__ import annotations

import math

import keras

from ml.device import memory_bytes, on_gpu

# TensorFlow frees activations as it goes, but its allocator keeps gaps, and others want memory too.
USABLE_SHARE = 0.25
# Larger batches made nothing faster: caches are full, or the GPU is busy.
MOST_ON_CPU, MOST_ON_GPU = 16, 256


def fitting_batch_size(model: keras.Model, *, gradients: bool) -> int:
    """The largest power of two whose activations take a quarter of the memory at most, within reason.

    Args:
        model: that will be computed in float32.
        gradients: whether all activations must be kept for a backward pass.
    """
    most = MOST_ON_GPU if on_gpu() else MOST_ON_CPU
    fitting = int(USABLE_SHARE * memory_bytes() / activation_bytes(model, gradients=gradients))
    return max(1, min(most, 2 ** int(math.log2(max(1, fitting)))))


def activation_bytes(model: keras.Model, *, gradients: bool) -> int:
    """Bytes of float32 that one image's activations take, all at once for gradients, else the largest two."""
    sizes = sorted(_elements(layer) for layer in model.layers)
    return max(1, 4 * (2 * sum(sizes) if gradients else sum(sizes[-2:])))


def _elements(layer: keras.Layer) -> int:
    outputs = layer.output if isinstance(layer.output, list) else [layer.output]
    return sum(math.prod(size or 1 for size in output.shape[1:]) for output in outputs)
