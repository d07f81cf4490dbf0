"""Attributes that are found faster are the same ones."""

import numpy as np

from minidl import Sequential
from minidl.attributes import quicken
from minidl.layers import Dense, Identity
from minidl.packing import pack


def test_a_quickened_object_has_its_attributes_and_takes_new_ones() -> None:
    layer = Dense(2)
    layer.connect((3,))
    values, _ = pack(layer.weights)
    before = dict(vars(layer))
    quicken([layer, *layer.weights])
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
