"""Computes the maps of methods of an image that other packages add, and names what they do wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ml.attribution.added_method import AddedMethod
from ml.attribution.explanation import ExplainOptions, MethodExplanation
from ml.attribution.image_classifier import ImageClassifier, MethodCall
from ml.attribution.image_method import ImageMap
from ml.attribution.noise import noisy_copies
from ml.attribution.partial_explanation import PartialExplanation
from ml.errors import BrokenMethod, MlError

_log = logging.getLogger(__name__)
_EVALUATIONS = "evaluations"


class ImageMaps:
    """The maps by all methods of the options that other packages add and that are no methods of a layer."""

    def __init__(self, classifier: ImageClassifier, options: ExplainOptions) -> None:
        self._classifier = classifier
        self._options = options
        self._told = set[str]()

    def add_to(self, image: PartialExplanation, check: Callable[[], None]) -> PartialExplanation:
        """Give an image its maps by each method for each of its targets, or the reason why it has none.

        Raises:
            BrokenMethod: a method gave something that is no map, as it will for any other image.
        """
        for method in self._options.image_methods:
            call = MethodCall(check)
            try:
                for target in image.targets(self._options):
                    image.added[method.name, target] = self._mean(method, image, target, call)
            except (MlError, MemoryError):
                raise
            except (Exception, SystemExit) as error:  # noqa: BLE001  (whatever a stranger's code raises)
                call.reraise()
                self._tell(method, error)
                image.failure = f"{method} failed: {type(error).__name__}: {error}"
                break
        return image

    def _mean(self, method: AddedMethod, image: PartialExplanation, target: int, call: MethodCall) -> MethodExplanation:
        """The map of an image, or with noise the mean of those of its copies."""
        options = self._options
        copies = noisy_copies(image.image, samples=options.noise_samples, stddev=options.noise_stddev)
        found = []
        for copy in copies:
            before = call.images
            given = method.function(self._classifier.request(copy, target, image.foil(target), method.options, call))
            call.reraise()
            found.append(_checked(given, method, shape=copy.shape[:2], evaluations=call.images - before))
        return MethodExplanation(
            method.name,
            np.mean([each.map for each in found], axis=0, dtype=np.float32),
            tuple(dict.fromkeys(flag for each in found for flag in each.flags)),
            _mean_numbers([each.numbers for each in found]),
            target,
        )

    def _tell(self, method: AddedMethod, error: BaseException) -> None:
        """Log where a method failed, the first time that it does."""
        if method.name not in self._told:
            self._told.add(method.name)
            _log.warning("%s failed on an image", method, exc_info=error)


def _mean_numbers(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Of each number the mean over those copies that have it; evaluations are added up."""
    names = dict.fromkeys(name for numbers in found for name in numbers)
    means = {name: float(np.mean([numbers[name] for numbers in found if name in numbers])) for name in names}
    return {**means, _EVALUATIONS: sum(numbers[_EVALUATIONS] for numbers in found)}


def _checked(given: object, method: AddedMethod, *, shape: tuple[int, int], evaluations: int) -> ImageMap:
    """What a method gave, once it is known to be a map of the image."""
    if not isinstance(given, ImageMap):
        raise BrokenMethod(f"{method} gave a value of type {type(given).__name__}: expected ImageMap")
    try:
        found = np.asarray(given.map, np.float32)
        flags = tuple(str(flag) for flag in given.flags)
        numbers = {str(name): float(number) for name, number in given.numbers.items()}
    except (TypeError, ValueError, AttributeError) as error:
        raise BrokenMethod(f"{method} gave an ImageMap that holds no numbers: {error}") from error
    if found.shape != shape:
        raise BrokenMethod(f"{method} gave a map of shape {found.shape}: expected {shape}")
    broken = () if np.isfinite(found).all() else ("non_finite",)
    return ImageMap(found, (*flags, *broken), {**numbers, _EVALUATIONS: float(evaluations)})
