"""Attributes: those found faster are the same ones, and parameters have no others."""

import copy
import weakref
from collections.abc import Callable

import numpy as np
import pytest

from minidl import Sequential
from minidl.attributes import quicken
from minidl.layers import Dense, Identity
from minidl.packing import pack
from minidl.parameter import Parameter


def test_a_quickened_object_has_its_attributes_and_takes_new_ones() -> None:
    layer = Dense(2)
    layer.connect((3,))
    values, _ = pack(layer.weights)
    before = dict(vars(layer))
    quicken([layer])
    assert vars(layer) == before
    layer.units = 5
    assert layer.units == 5
    assert "units" in layer.get_config()
    layer.kernel.value = np.full((3, 2), 7.0)
    np.testing.assert_array_equal(values[:6], 7)


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
