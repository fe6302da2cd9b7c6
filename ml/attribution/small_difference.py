"""The smallest difference of scores that is judged as it is.

Apart from the explainer, so that a report can name it without loading TensorFlow.
"""

from __future__ import annotations

SMALL_DIFFERENCE = 0.1
"""Below this |F(x) − F(x′)|, in logits, a relative tolerance needs more precision than float32 has."""
