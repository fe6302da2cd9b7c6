"""How many images at once: on a GPU estimated from the model's layers, and halved later where that was too bold."""

from __future__ import annotations

import math

import keras

from ml.device import memory_bytes, on_gpu

# TensorFlow frees activations as it goes, but its allocator keeps gaps, and others want memory too.
USABLE_SHARE = 0.25
# Larger batches made nothing faster: the GPU is busy.
MOST_ON_GPU = 256
# Measured as the fastest on a CPU, whose caches are full by then: there is nothing to be gained by looking at memory.
IMAGES_ON_CPU, POINTS_ON_CPU = 16, 32


def fitting_batch_size(model: keras.Model, *, gradients: bool) -> int:
    """How many images to compute at once: on a CPU a fixed number, on a GPU as many as fit, within reason.

    What fits is the largest power of two whose activations take a quarter of the memory at most.

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
