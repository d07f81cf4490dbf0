"""Parameters lie end to end: views of two vectors, with their numbers kept."""

import numpy as np

from minidl.layers import Dense, Layer, PReLU
from minidl.layers.mode import set_mode
from minidl.packing import adjacent, pack, parts
from minidl.parameter import Parameter

FLOAT32 = np.dtype("float32")


def several(*sizes: int) -> list[Parameter]:
    """Return parameters with numbers and gradients of their own."""
    made = []
    for size in sizes:
        parameter = Parameter(f"p{size}", np.arange(float(size)) + 10 * size)
        parameter.grad = -parameter.value
        made.append(parameter)
    return made


def test_packing_keeps_numbers_and_gradients() -> None:
    parameters = several(2, 1, 3)
    values, gradients = pack(parameters)
    np.testing.assert_array_equal(values, [20, 21, 10, 30, 31, 32])
    np.testing.assert_array_equal(gradients, -values)
    values += 1
    assert parameters[1].value.tolist() == [11]
    assert float(parameters[1]._addend) == 11


def test_another_dtype_keeps_numbers_and_gradients() -> None:
    (parameter,) = several(3)
    parameter.astype(FLOAT32)
    assert parameter.value.dtype == parameter.grad.dtype == FLOAT32
    np.testing.assert_array_equal(parameter.value, [30, 31, 32])
    np.testing.assert_array_equal(parameter.grad, [-30, -31, -32])


def test_what_lies_within_a_vector_stays_there() -> None:
    parameters = several(2, 1, 3)
    values, gradients = pack(parameters)
    inner, inner_gradients = pack(parameters[1:])
    assert inner.base is values.base or np.shares_memory(inner, values)
    assert np.shares_memory(inner_gradients, gradients)
    assert adjacent(parameters[1:])
    assert not adjacent(parameters[::2])
    assert not adjacent(parameters[::-1])
    assert parts(parameters, parameters[1:]) == [slice(2, 3), slice(3, 6)]


def test_the_second_layer_of_a_vector_trains_as_one_too() -> None:
    first, second = Dense(2), Dense(3)
    first.connect((1,))
    second.connect((2,))
    pack([*first.weights, *second.weights])
    set_mode(second, training=True)
    assert second._affine is not None


def test_an_activation_with_parameters_is_built_for_all_axes() -> None:
    layer: Layer = Dense(3, activation=PReLU())
    layer.connect((4, 2))
    assert [weight.shape for weight in layer.weights] == [(4, 3), (2, 3), (3,)]
