"""The losses of predictions that are scores: they ask for a margin, and no more."""

import numpy as np

from minidl.losses.loss import SampleLoss
from minidl.types import Array


class Hinge(SampleLoss):
    """What a score lacks to lie on its target's side with a margin of 1.

    Forward:   loss = maximum(1 - y_true * y_pred, 0).mean()
    Gradient:  dy_pred = -y_true * (y_true * y_pred < 1) / y_pred.size
    Shapes:    y_true, y_pred (batch, outputs), loss one number
    Keeps:     y_true and the margins, until the next forward

    Targets are -1 and 1; in a batch of 0 and 1 only, 0 means -1.

    Source: `keras.losses.Hinge`.
    """

    _y_true: Array  # -1 and 1, (batch, outputs)
    _lack: Array  # (batch, outputs)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return maximum(1 - y_true * y_pred, 0).mean(axis=-1)."""
        self._y_true = as_signs(y_true)
        self._lack = np.maximum(1 - self._y_true * y_pred, 0)
        values: Array = self._lack.mean(axis=-1)
        return values

    def slopes(self) -> Array:
        """Return -y_true * (y_true * y_pred < 1) / outputs."""
        slopes: Array = (self._lack > 0) * self._y_true
        slopes /= -slopes.shape[-1]
        return slopes


class SquaredHinge(SampleLoss):
    """The square of what a score lacks to lie on its side with a margin of 1.

    Forward:   lack = maximum(1 - y_true * y_pred, 0)
               loss = (lack**2).mean()
    Gradient:  dy_pred = -2 * y_true * lack / y_pred.size
    Shapes:    y_true, y_pred, lack (batch, outputs), loss one number
    Keeps:     y_true and lack, until the next forward

    Targets are as for `Hinge`.

    Source: `keras.losses.SquaredHinge`.
    """

    _y_true: Array  # -1 and 1, (batch, outputs)
    _lack: Array  # (batch, outputs)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return (maximum(1 - y_true * y_pred, 0)**2).mean(axis=-1)."""
        self._y_true = as_signs(y_true)
        self._lack = np.maximum(1 - self._y_true * y_pred, 0)
        values: Array = np.square(self._lack).mean(axis=-1)
        return values

    def slopes(self) -> Array:
        """Return -2 * y_true * lack / outputs."""
        slopes = self._y_true * self._lack
        slopes *= -2 / slopes.shape[-1]
        return slopes


class CategoricalHinge(SampleLoss):
    """What the target class's score lacks to exceed every other by a margin of 1.

    Forward:   target = (y_true * y_pred).sum(axis=-1)
               other = ((1 - y_true) * y_pred).max(axis=-1)
               loss = maximum(other - target + 1, 0).mean()
    Gradient:  best = ((1 - y_true) * y_pred).argmax(axis=-1)
               dy_pred = (best[:, None] == arange(y_pred.shape[1])) * (1 - y_true)
               dy_pred = dy_pred - y_true
               dy_pred = dy_pred * (other - target + 1 > 0)[:, None] / len(y_pred)
    Shapes:    y_true, y_pred (batch, classes), target, other, best (batch,)
    Keeps:     y_true, best and which samples lack something, until the next forward

    Targets are one-hot.

    Source: `keras.losses.CategoricalHinge`.
    """

    _y_true: Array  # (batch, classes)
    _best: np.ndarray  # the other class of the highest score, (batch, 1)
    _lack: Array  # (batch,)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return maximum(other - target + 1, 0)."""
        self._y_true = y_true
        others = (1 - y_true) * y_pred
        self._best = others.argmax(axis=-1)[..., np.newaxis]
        lack = others.max(axis=-1) - (y_true * y_pred).sum(axis=-1)
        self._lack = np.maximum(lack + 1, 0)
        return self._lack

    def slopes(self) -> Array:
        """Return 1 for the best other class and -1 for the target, if one lacks."""
        slopes = -self._y_true
        target = np.take_along_axis(self._y_true, self._best, -1)
        np.put_along_axis(slopes, self._best, 1 - 2 * target, -1)
        slopes *= (self._lack > 0)[..., np.newaxis]
        return slopes


def as_signs(y_true: Array) -> Array:
    """Return targets of 0 and 1 as -1 and 1, and others as they are."""
    if ((y_true == 0) | (y_true == 1)).all():
        return 2 * y_true - 1
    return y_true
