"""Attributes that are found faster are the same ones."""

import copy
import weakref
from collections.abc import Callable

import numpy as np
import pytest

from minidl import Sequential
from minidl.attributes import quicken
from minidl.layers import Dense, Identity
from minidl.parameter import Parameter
from minidl.types import Array, Shape


def test_a_quickened_object_has_its_attributes_and_takes_new_ones() -> None:
    layer = Dense(2)
    layer.connect((3,))
    before = dict(vars(layer))
    quicken([layer])
    assert vars(layer) == before
    layer.units = 5
    assert layer.units == 5
    assert "units" in layer.get_config()


class Sealed(Identity):
    """Takes no attribute but those that layers have."""

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("__"):
            raise AttributeError(f"{name} may not be set")
        super().__setattr__(name, value)


def test_a_layer_that_watches_its_attributes_trains() -> None:
    model = Sequential([Dense(2), Sealed()])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    assert model.built


def test_a_parameter_takes_no_attribute_that_it_does_not_have() -> None:
    weight = Parameter("kernel", np.zeros(3))
    with pytest.raises(AttributeError, match="no attribute 'gradient'"):
        weight.gradient = np.ones(3)


def test_a_parameter_can_be_referred_to_weakly() -> None:
    weight = Parameter("kernel", np.ones(3))
    assert weakref.ref(weight)() is weight


class Marked(Parameter):
    """Has an attribute of its own."""

    mark: str = ""


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_the_copy_of_a_parameter_has_what_a_subclass_adds(
    copied: Callable[[Marked], Marked],
) -> None:
    weight = Marked("kernel", np.ones(3))
    weight.mark = "x"
    weight.grad = np.full(3, 2.0)
    twin = copied(weight)
    assert (twin.mark, twin.name, twin.grad.tolist()) == ("x", "kernel", [2, 2, 2])
    assert twin.value is not weight.value


def test_a_layer_written_for_keras_is_told_what_add_weight_is_called() -> None:
    class Scale(Identity):
        def build(self, input_shape: Shape) -> None:
            self.add_weight("factor", input_shape, "ones")

    with pytest.raises(AttributeError, match=r"Scale has no 'add_weight'.*add_par"):
        Scale()(np.ones((2, 3)))


def test_classes_written_for_keras_are_told_what_minidl_calls() -> None:
    with pytest.raises(TypeError, match=r"Mine defines call\(x\)"):

        class Mine(Sequential):
            def call(self, x: Array) -> Array:
                return x

    with pytest.raises(
        TypeError, match=r"Noise: .*forward\(self, x\), and ask self.tr"
    ):

        class Noise(Identity):
            def forward(self, x: Array, training: bool = False) -> Array:
                return x


def test_a_layer_that_is_an_attribute_first_is_told_so() -> None:
    class Mine(Sequential):
        def __init__(self) -> None:
            super().__init__()
            self.dense = Dense(1)
            self.add(self.dense)

    with pytest.raises(ValueError, match="already, as its attribute 'dense': add"):
        Mine()


def test_an_error_about_a_parameter_says_where_its_numbers_are() -> None:
    class Scale(Identity):
        def build(self, input_shape: Shape) -> None:
            self.factor = self.add_parameter("factor", input_shape, "ones")

        def forward(self, x: Array, /) -> Array:
            return x * -self.factor  # type: ignore[operator,no-any-return]

    model = Sequential([Scale(), Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(TypeError) as caught:
        model.fit(np.ones((2, 3)), np.ones(2), verbose=0)
    assert "a Parameter are in its .value" in caught.value.__notes__[0]
