"""A layer must be right for its batch, for others, and out of training."""

import numpy as np

from minidl.errors import GradientError
from minidl.gradient_check.dependence import alike
from minidl.gradient_check.differences import compare, compare_all
from minidl.gradient_check.trial import BATCH, Trial, owned
from minidl.layers.mode import set_mode

FEWER = 3  # samples of another batch
LARGER = 4.0  # times normal random numbers reach where hard sigmoids and the like end
SOME = 30  # elements compared in one array, where the arithmetic is known to be right


def check_gradients(trial: Trial, random: np.random.Generator) -> None:
    """Raise unless every gradient is what differences give."""
    dx, *others = trial.gradients()
    try:
        compare(dx, trial.outputs, BATCH, random)
    except GradientError as error:
        raise GradientError(f"{error}{_not_transposed(trial, random)}") from None
    compare_all(others, trial.outputs, BATCH, random)


def _not_transposed(trial: Trial, random: np.random.Generator) -> str:
    """Tell of a wrong dx that is right where a square parameter is symmetric."""
    for _, weight in owned(trial.layer):
        kept = weight.value.copy()
        if kept.ndim != 2 or kept.shape[0] != kept.shape[1]:
            continue
        weight.value = (kept + kept.T) / 2
        try:
            compare(trial.gradients()[0], trial.outputs, BATCH, random, SOME)
        except GradientError:
            weight.value = kept
        else:
            return f": it needs {weight.name}.T, and {weight.name} was used as it is"
    return ""


def check_other_batch(trial: Trial, random: np.random.Generator) -> None:
    """Raise if a layer is right for one number of samples only."""
    fewer = trial.on(
        trial.x[:FEWER].copy(),
        trial.dy[:FEWER].copy(),
        f", for {FEWER} samples after {BATCH}",
        ". Take the number of samples from len(x) in every forward()",
    )
    compare_all(fewer.gradients(), fewer.outputs, FEWER, random, SOME)


def check_larger_numbers(trial: Trial, random: np.random.Generator) -> None:
    """Raise if a gradient is right for numbers near 0 only."""
    when = f", for numbers {LARGER:g} times as large"
    larger = trial.on(LARGER * trial.x, trial.dy, when)
    try:
        with np.errstate(all="ignore"):
            larger.forward()
    except GradientError:  # a layer may not be for such numbers
        return
    compare_all(larger.gradients(), larger.outputs, BATCH, random, SOME)


def check_inference(trial: Trial, random: np.random.Generator) -> None:
    """Raise if a layer learns, or is not a fixed function, outside of training."""
    set_mode(trial.layer, training=False)
    trial = trial.on(
        trial.x,
        trial.dy,
        ", while self.training is False",
        ". Keep in every forward() what backward() needs, and return the same shape, "
        "in training or not",
    )
    _check_nothing_moves(trial)
    _check_samples_alone(trial)
    compare_all(trial.gradients(), trial.outputs, BATCH, random, SOME)
    set_mode(trial.layer, training=True)


def _check_nothing_moves(trial: Trial) -> None:
    """Raise if `forward` changes weights or random streams, or is left to chance."""
    layer = trial.layer
    streams = [(part, part.random.bit_generator.state) for part in layer.walk()]
    weights = [(weight, weight.value.copy()) for weight in layer.weights]
    y = trial.forward().copy()
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
    if not np.array_equal(trial.forward(), y):
        raise GradientError(
            f"{trial.label}, returns something else for the same x: predict must not "
            f"be left to chance"
        )


def _check_samples_alone(trial: Trial) -> None:
    """Raise if the output for a sample depends on the others of its batch."""
    y = trial.forward().copy()
    for i in range(BATCH):
        one = slice(i, i + 1)
        alone = trial.on(
            trial.x[one].copy(),
            trial.dy[one].copy(),
            f"{trial.when}, for one sample",
            ". Keep the axis of the batch, which squeeze() and the like take away",
        )
        if not alike(alone.forward(), y[one]):
            raise GradientError(
                f"{trial.label}, returns something else for a sample alone than for "
                f"the same one among others: predict would depend on its batch_size"
            )
