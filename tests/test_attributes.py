"""Attributes that are found faster are the same ones."""

import numpy as np

from minidl.attributes import quicken
from minidl.layers import Dense
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
