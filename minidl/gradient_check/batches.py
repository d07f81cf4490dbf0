"""A layer must be right for other batches than the first, and out of training."""

import numpy as np

from minidl.errors import GradientError
from minidl.gradient_check.differences import compare_all
from minidl.gradient_check.history import alike
from minidl.gradient_check.trial import BATCH, Trial, set_training
from minidl.types import Array

FEWER = 3  # samples of another batch
LARGER = 4.0  # times normal random numbers reach where hard sigmoids and the like end
SOME = 30  # elements compared in one array, where the arithmetic is known to be right


def check_other_batch(trial: Trial, random: np.random.Generator) -> None:
    """Raise if a layer is right for one number of samples only."""
    x, dy = trial.x[:FEWER].copy(), trial.dy[:FEWER].copy()
    fewer = trial.on(x, dy, f", for {FEWER} samples after {BATCH}")
    y = _forward_of(fewer, x)
    if y.shape != dy.shape:
        raise GradientError(
            f"{fewer.label}, returned an array of shape {y.shape}, where it must be "
            f"{dy.shape}: take the number of samples from len(x)"
        )
    try:
        gradients = fewer.gradients()
    except Exception as error:
        raise GradientError(_raised(fewer, "backward", error)) from error
    compare_all(gradients, fewer.outputs, FEWER, random, SOME)


def check_larger_numbers(trial: Trial, random: np.random.Generator) -> None:
    """Raise if a gradient is right for numbers near 0 only."""
    when = f", for numbers {LARGER:g} times as large"
    larger = trial.on(LARGER * trial.x, trial.dy, when)
    with np.errstate(all="ignore"):
        finite = np.isfinite(larger.outputs()).all()
    if finite:
        compare_all(larger.gradients(), larger.outputs, BATCH, random, SOME)


def check_inference(trial: Trial, random: np.random.Generator) -> None:
    """Raise if a layer learns, or is not a fixed function, outside of training."""
    layer, x = trial.layer, trial.x
    set_training(layer, False)
    trial = trial.on(x, trial.dy, ", while self.training is False")
    streams = [(part, part.random.bit_generator.state) for part in layer.walk()]
    weights = [(weight, weight.value.copy()) for weight in layer.weights]
    y = layer.forward(x).copy()
    for weight, value in weights:
        if not np.array_equal(weight.value, value):
            raise GradientError(
                f"{trial.label}, changes {weight.name!r}: only fit may change a layer"
            )
    for part, state in streams:
        if part.random.bit_generator.state != state:
            raise GradientError(
                f"{part.label}{trial.when}, draws random numbers: draw them in "
                f"training only"
            )
    if not np.array_equal(layer.forward(x), y):
        raise GradientError(
            f"{trial.label}, returns something else for the same x: predict must not "
            f"be left to chance"
        )
    _check_samples_alone(trial, y)
    try:
        gradients = trial.gradients()
    except Exception as error:
        raise GradientError(
            f"{trial.label}, cannot run backward(): it raised {type(error).__name__}: "
            f"{error}. Keep in every forward(), in training or not, what it needs"
        ) from error
    compare_all(gradients, trial.outputs, BATCH, random, SOME)
    set_training(layer, True)


def _check_samples_alone(trial: Trial, y: Array) -> None:
    """Raise if the output for a sample depends on the others of its batch."""
    for i in range(len(y)):
        alone = _forward_of(trial, trial.x[i : i + 1].copy())
        if alone.shape != (1, *y.shape[1:]):
            raise GradientError(
                f"{trial.label}, returned an array of shape {alone.shape} for one "
                f"sample, where it must be {(1, *y.shape[1:])}: squeeze() and the like "
                f"take the batch axis away"
            )
        if not alike(alone[0], y[i]):
            raise GradientError(
                f"{trial.label}, returns something else for a sample alone than for "
                f"the same one among others: predict would depend on its batch_size"
            )


def _forward_of(trial: Trial, x: Array) -> Array:
    """Return y for some samples; raise if another number of them went well."""
    try:
        return trial.forward(x)
    except Exception as error:
        raise GradientError(_raised(trial, "forward", error, len(x))) from error


def _raised(trial: Trial, method: str, error: Exception, samples: int = FEWER) -> str:
    return (
        f"{trial.layer.label}: {method}() worked for {BATCH} samples, but for "
        f"{samples} it raised {type(error).__name__}: {error}. Take the number of "
        f"samples from len(x) in every forward()"
    )
