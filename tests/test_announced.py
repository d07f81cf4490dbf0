"""What is announced in a class says, read too early, what to call first."""

from dataclasses import dataclass

import pytest

from minidl import Sequential
from minidl.errors import NotBuiltError, NotForwardedError
from minidl.layers import Dense, Layer
from minidl.losses import Loss, SampleLoss
from minidl.types import Array


class Doubled(Layer):
    """An own layer that announces what it keeps."""

    activity_penalty: float  # which `Layer` has a value for
    table: Array
    _x: Array

    def forward(self, x: Array, /) -> Array:
        self._x = x
        return 2 * x

    def backward(self, dy: Array, /) -> Array:
        return 0 * self._x + 2 * dy


def test_an_own_layer_says_what_to_call_first() -> None:
    with pytest.raises(NotForwardedError, match=r"layer 'doubled' has no '_x'.*before"):
        Doubled().backward(Doubled()([[1.0]]))
    with pytest.raises(NotBuiltError, match=r"layer 'doubled' has no 'table'.*build"):
        Doubled().table.sum()
    layer = Doubled()
    layer([[1.0]])
    with pytest.raises(AttributeError, match=r"^layer 'doubled' has no 'table'$"):
        layer.table.sum()


def test_what_has_a_value_in_a_base_keeps_it() -> None:
    assert Doubled().activity_penalty == 0.0


def test_arguments_of_the_constructor_are_plain_attributes() -> None:
    assert "_scale" in vars(SampleLoss)
    assert not {"reduction", "name"} & set(vars(SampleLoss))
    assert {"kernel", "_x"} <= set(vars(Dense))
    assert not {"units", "activation", "use_bias"} & set(vars(Dense))


def test_the_class_itself_has_no_such_attribute() -> None:
    assert not hasattr(Dense, "_x")
    assert not hasattr(Dense(2), "kernel")
    with pytest.raises(AttributeError, match=r"Dense.kernel is an attribute of object"):
        Dense.kernel.regularizer  # noqa: B018


def test_a_loss_and_a_model_say_it_too() -> None:
    class Half(Loss):
        rate: float
        _error: Array

        def forward(self, y_true: Array, y_pred: Array, /) -> float:
            self._error = y_pred - y_true
            return float((self._error**2).sum()) / 2

        def gradient(self) -> Array:
            return self._error

    with pytest.raises(NotForwardedError, match=r"Half has no '_error'"):
        Half().gradient()
    with pytest.raises(AttributeError, match=r"^Half has no 'rate'$"):
        Half().rate.hex()
    with pytest.raises(AttributeError, match=r"model 'sequential' has no history"):
        Sequential([Dense(1)]).history.plot()


def test_a_layer_may_be_a_dataclass() -> None:
    @dataclass(eq=False)
    class Times(Layer):
        factor: float
        offset: float = 0.0

        def __post_init__(self) -> None:
            super().__init__()

        def forward(self, x: Array, /) -> Array:
            return x * self.factor + self.offset

        def backward(self, dy: Array, /) -> Array:
            return dy * self.factor

    assert Times(3.0)([[1.0]]).tolist() == [[3.0]]


def test_what_a_constructor_uses_but_does_not_take_is_announced() -> None:
    class Own(Layer):
        size: int
        table: Array

        def __init__(self, *, size: int) -> None:
            super().__init__()
            table = size  # an own name of the constructor, and no argument
            self.size = table

        def forward(self, x: Array, /) -> Array:
            return x

        def backward(self, dy: Array, /) -> Array:
            return dy

    assert "size" not in vars(Own)
    with pytest.raises(NotBuiltError, match="layer 'own' has no 'table'"):
        Own(size=2).table.sum()
