"""Layers beside the battery: the numbers of Keras, statistics, and what is refused.

The golden numbers came from Keras 3.15.1 (JAX backend), whose normalization layers
compute in float32 whatever the dtype, hence the tolerance:

    layer = keras.layers.BatchNormalization()
    layer.build(X.shape)
    layer.set_weights([GAMMA, BETA, [0.5, -0.5, 1.0], [2.0, 0.5, 1.5]])
    trained, moving = layer.trainable_variables, layer.non_trainable_variables
    def call(trained, x):
        return layer.stateless_call(trained, moving, x, training=True)
    y, vjp, moving = jax.vjp(call, trained, X, has_aux=True)
    (dgamma, dbeta), dx = vjp(DY)
    inference = layer(X, training=False)
"""

from typing import Any

import numpy as np
import pytest

from minidl import Sequential, layers
from minidl.errors import ShapeError
from minidl.gradient_check import check_layer
from minidl.layers import (
    AlphaDropout,
    BatchNormalization,
    Dense,
    Dropout,
    Flatten,
    GaussianDropout,
    GaussianNoise,
    Layer,
    LayerNormalization,
    Normalization,
    Permute,
    RepeatVector,
    Reshape,
)
from minidl.types import Array

X = np.array([[1.0, -2.0, 0.5], [0.0, 4.0, 1.5], [2.0, 1.0, -1.0], [-1.5, 0.5, 3.0]])
DY = np.array([[0.3, -0.1, 0.2], [0.5, 0.4, -0.3], [-0.2, 0.1, 0.6], [0.7, -0.6, 0.1]])
GAMMA, BETA = [1.5, 0.5, -1.0], [0.1, -0.2, 0.3]
CUBE = np.arange(24.0).reshape(2, 3, 2, 2) ** 1.1


def close(got: Array, expected: object) -> None:
    np.testing.assert_allclose(got, np.asarray(expected), rtol=3e-6, atol=1e-7)


def weighted(layer: Layer, *weights: Any) -> Layer:
    layer.connect((3,))
    layer.set_weights(weights)
    return layer


def test_batch_normalization_as_in_keras() -> None:
    layer = weighted(BatchNormalization(), GAMMA, BETA, [0.5, -0.5, 1], [2, 0.5, 1.5])
    inference = [
        [0.6301975250244141, -1.25960111618042, 0.7081122398376465],
        [-0.43019750714302063, 2.9788033962249756, -0.10811221599578857],
        [1.6905925273895264, 0.8596011400222778, 1.9324491024017334],
        [-2.0207901000976562, 0.5064007639884949, -1.332448959350586],
    ]
    close(layer.forward(X), inference)
    layer.training = True
    y = [
        [0.8248356580734253, -0.8740677833557129, 0.6429165005683899],
        [-0.334901362657547, 0.5326824188232422, -0.04291647672653198],
        [1.9845726490020752, -0.17069269716739655, 1.671665906906128],
        [-2.0745067596435547, -0.28792187571525574, -1.0716660022735596],
    ]
    dx = [
        [0.14838361740112305, 0.05404793098568916, 0.0161135196685791],
        [0.09652778506278992, 0.034016210585832596, 0.2582196593284607],
        [-0.14768166840076447, 0.0323091559112072, -0.10700415074825287],
        [-0.0972297191619873, -0.12037329375743866, -0.16732905805110931],
    ]
    close(layer.forward(X), y)
    close(layer.backward(DY), dx)
    gamma, beta, mean, variance = layer.weights
    close(gamma.grad, [-1.266046166419983, 0.8323272466659546, -0.8572912216186523])
    close(beta.grad, [1.3, -0.2, 0.6])
    close(mean.value, [0.4987500011920929, -0.48625001311302185, 1.0])
    close(variance.value, [1.9967187643051147, 0.5404687523841858, 1.506250023841858])


def test_batch_normalization_along_another_axis_as_in_keras() -> None:
    layer = BatchNormalization(axis=1, momentum=0.9, epsilon=1e-5)
    layer.connect((3, 2, 2))
    layer.training = True
    y = layer.forward(CUBE)
    close(y[0, :, 0, 1], [-1.0612469911575317, -1.0612409114837646, -1.06225848197937])
    mean, variance = layer.get_weights()[2:]
    close(mean, [0.957143247127533, 1.4920862913131714, 2.0566093921661377])
    close(variance, [7.423396587371826, 8.168668746948242, 8.655006408691406])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [32, 20_000])
@pytest.mark.parametrize("mean", [1e4, 1e5])
def test_batch_normalization_of_large_mean(mean: float, size: int, dtype: str) -> None:
    layer = BatchNormalization(epsilon=0)
    layer.adopt(np.dtype(dtype), np.random.default_rng(0))
    layer.connect((2,))
    layer.training = True
    x = np.random.default_rng(0).normal(mean, 1, (size, 2)).astype(dtype)
    y = layer.forward(x)
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(y.std(axis=0), 1, rtol=1e-3)


def test_batch_normalization_frozen_keeps_its_statistics() -> None:
    model = Sequential([BatchNormalization(), Dense(1)], seed=0)
    model.compile("sgd", "mse")
    model.layers[0].trainable = False
    model.fit(X, X[:, :1], verbose=0)
    assert model.get_weights()[2].tolist() == [0, 0, 0]
    model.layers[0].trainable = True
    model.fit(X, X[:, :1], verbose=0)
    close(model.get_weights()[2], 0.01 * X.mean(axis=0))
    check_layer(BatchNormalization(axis=2, trainable=False), (2, 3))


@pytest.mark.parametrize("compiled_first", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_what_holds_a_layer_decides_for_its_statistics(
    compiled_first: bool, whole: bool
) -> None:
    """As in Keras, where the same program moves and keeps the same weights."""
    inner = Sequential([Dense(4), Sequential([BatchNormalization()]), Dropout(0.5)])
    outer = Sequential([inner, Dense(1)], seed=0, input_shape=(3,))
    if compiled_first:
        outer.compile("sgd", "mse")
    frozen = outer if whole else inner
    frozen.trainable = False
    before = outer.get_weights()
    if not compiled_first:
        outer.compile("sgd", "mse")
    outer.fit(X[:1], X[:1, :1], verbose=0)  # one sample, which has no variance
    outer.fit(X, X[:, :1], verbose=0)
    same = list(map(np.array_equal, before, outer.get_weights()))
    assert same == [True] * 6 + [whole] * 2
    frozen.trainable = True
    outer.fit(X, X[:, :1], verbose=0)
    assert not any(map(np.array_equal, before, outer.get_weights()))


def test_layer_normalization_as_in_keras() -> None:
    layer = weighted(LayerNormalization(), GAMMA, BETA)
    y = [
        [1.4331142902374268, -0.8982979655265808, -0.2078530639410019],
        [-1.5664458274841309, 0.45647865533828735, 0.5019933581352234],
        [1.7030521631240845, -0.06641232967376709, 1.6358768939971924],
        [-1.6651865243911743, -0.24526122212409973, -0.9673134088516235],
    ]
    dx = [
        [0.2089233249425888, 0.041699185967445374, -0.2506225109100342],
        [0.06034085154533386, 0.036111801862716675, -0.09645271301269531],
        [-0.15448927879333496, 0.23189273476600647, -0.07740345597267151],
        [0.16814394295215607, -0.3025015592575073, 0.13435761630535126],
    ]
    close(layer.forward(X), y)
    close(layer.backward(DY), dx)
    gamma, beta = layer.weights
    close(gamma.grad, [-1.3263530731201172, 0.7458734512329102, -0.5126261115074158])
    close(beta.grad, [1.3, -0.2, 0.6])
    several = LayerNormalization(axis=(1, 2))
    y3 = several(CUBE)[1, :, 1, 0]
    close(y3, [-0.881155252456665, 0.2837543487548828, 1.4750514030456543])
    assert [w.shape for w in several.weights] == [(3, 2), (3, 2)]
    assert not LayerNormalization()([[1e4] * 3]).any()


def test_normalization_as_in_keras() -> None:
    layer = Normalization()
    layer.adapt(X)
    expected = [0.4833682445228318, -1.3482838780492632, -0.34299717028501764]
    close(layer(X)[0], expected)
    assert [w.tolist() for w in layer.get_weights()] == [
        [0.375, 0.875, 1.0],
        [1.671875, 4.546875, 2.125],
        0.0,
    ]
    back = Normalization(invert=True)
    back.adapt(X)
    np.testing.assert_allclose(back(layer(X)), X)
    of_all = Normalization(axis=None)
    of_all.adapt(X)
    close(
        of_all(X)[0], [0.14797908710009702, -1.6277699581010672, -0.14797908710009702]
    )
    assert Normalization(None, 1.0, 4.0)(X)[0].tolist() == [0.0, -1.5, -0.25]
    constant = Normalization()
    constant.adapt([[2.0], [2.0]])
    assert constant([[2.0]]).tolist() == [[0.0]]


def test_normalization_joins_a_model_of_another_dtype() -> None:
    layer = Normalization()
    layer.adapt(X)
    model = Sequential([layer, Dense(1)], dtype="float32", seed=0)
    assert {weight.value.dtype.name for weight in model.weights} == {"float32"}
    model.compile("sgd", "mse")
    model.fit(X, X[:, :1], verbose=0)
    assert layer.mean.value.tolist() == [0.375, 0.875, 1.0]


def noisy(layer: Layer, x: Array) -> Array:
    layer.adopt(np.dtype("float64"), np.random.default_rng(0))
    layer.connect(x.shape[1:])
    layer.training = True
    return layer.forward(x)


def test_dropout_keeps_as_many_as_it_says() -> None:
    n, rate = 100_000, 0.3
    y = noisy(Dropout(rate), np.ones((n, 1)))
    assert abs(np.count_nonzero(y) / n - 0.7) < 5 * np.sqrt(rate * 0.7 / n)
    assert np.unique(y).tolist() == [0, 1 / 0.7]


def test_noise_has_the_mean_and_the_variance_it_says() -> None:
    n = 100_000
    added = noisy(GaussianNoise(0.5), np.ones((n, 1)))
    times = noisy(GaussianDropout(0.3), np.ones((n, 1)))
    for y, std in ((added, 0.5), (times, np.sqrt(0.3 / 0.7))):
        assert abs(y.mean() - 1) < 5 * std / np.sqrt(n)
        assert abs(y.std() - std) < 5 * std / np.sqrt(2 * n)
    x = np.random.default_rng(1).normal(size=(n, 1))
    y = noisy(AlphaDropout(0.3), x)
    assert abs(y.mean() - x.mean()) < 0.02
    assert abs(y.std() - x.std()) < 0.02
    # np.unique of keras.layers.AlphaDropout(0.3)(np.ones((4, 5)), training=True)
    close(np.unique(noisy(AlphaDropout(0.3), X * 0 + 1)), [-1.05954816, 1.31504468])


@pytest.mark.parametrize(
    "layer", [Dropout(0.5), GaussianNoise(1), GaussianDropout(0.5), AlphaDropout(0.5)]
)
def test_noise_is_there_in_training_only(layer: Layer) -> None:
    assert (noisy(layer, X) != X).any()
    layer.training = False
    np.testing.assert_array_equal(layer.forward(X), X)
    np.testing.assert_array_equal(layer.backward(DY), DY)


def test_noise_shape_shares_draws() -> None:
    y = noisy(Dropout(0.5, noise_shape=(None, 1, 3)), np.ones((50, 4, 3)))
    assert (y == y[:, :1]).all()
    assert (y != y[:, :, :1]).any()


def test_a_seed_of_its_own_draws_alike_in_every_model() -> None:
    def drawn(seed: int | None, model_seed: int) -> Array:
        layer = Dropout(0.5, seed=seed)
        Sequential([layer], seed=model_seed)
        layer.training = True
        return layer.forward(np.ones((20, 4)))

    np.testing.assert_array_equal(drawn(3, 0), drawn(3, 1))
    np.testing.assert_array_equal(drawn(None, 0), drawn(None, 0))
    assert (drawn(None, 0) != drawn(None, 1)).any()


def test_dense_takes_rows_of_samples_of_any_rank() -> None:
    dense = Dense(2)
    x = np.random.default_rng(0).normal(size=(5, 3, 4, 6))
    y = dense(x)
    np.testing.assert_allclose(y, x @ dense.kernel.value)
    assert dense.forward(x[:0]).shape == (0, 3, 4, 2)
    assert dense.backward(y[:0]).shape == (0, 3, 4, 6)
    with pytest.raises(ShapeError, match="at least one axis"):
        Dense(2).connect(())


def test_shapes() -> None:
    model = Sequential([Reshape((2, -1)), Permute((2, 1)), Flatten(), RepeatVector(2)])
    assert model.output_shape((6,)) == (2, 6)
    assert model(np.arange(6.0)[None])[0].tolist() == [[0, 3, 1, 4, 2, 5]] * 2
    assert model.predict(np.zeros((0, 6))).shape == (0, 2, 6)


@pytest.mark.parametrize("layer", [Flatten(), Reshape((3, 1)), Permute((1,))])
def test_a_rearranged_array_is_not_the_users_own(layer: Layer) -> None:
    x = X.copy()
    y = layer(x)
    assert y.shape[1:] == layer.output_shape((3,))
    y[:] = 0
    np.testing.assert_array_equal(x, X)


def train_on(layer: Layer, x: Array) -> None:
    layer.training = True
    layer.connect(x.shape[1:])
    layer.forward(x)


untyped: Any = layers  # to pass what type checkers would refuse
BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "rate 1": (lambda: Dropout(1), ValueError, "Dropout: rate must be .* less than 1"),
    "rate -1": (lambda: AlphaDropout(-0.1), ValueError, "AlphaDropout: rate"),
    "rate nan": (lambda: GaussianDropout(np.nan), ValueError, "GaussianDropout: rate"),
    "stddev": (lambda: GaussianNoise(-1), ValueError, "stddev must be .* at least 0"),
    "seed": (lambda: Dropout(0.5, seed=-1), ValueError, "Dropout: seed"),
    "noise_shape": (
        lambda: untyped.Dropout(0.5, 3),
        TypeError,
        "noise_shape must be a tuple",
    ),
    "mask": (lambda: Dropout(0.5, (None, 2))(X), ShapeError, r"\(None, 2\) .* fit"),
    "momentum": (lambda: BatchNormalization(momentum=1), ValueError, "momentum"),
    "center": (
        lambda: untyped.BatchNormalization(center=1),
        TypeError,
        "center must be True",
    ),
    "renorm": (
        lambda: untyped.BatchNormalization(renorm=True),
        TypeError,
        "Keras has the argument 'renorm'",
    ),
    "one sample": (
        lambda: train_on(BatchNormalization(), X[:1]),
        ShapeError,
        "a batch of one number per feature has no variance",
    ),
    "axis": (lambda: LayerNormalization(2)(X), ShapeError, "axis=2 does not fit"),
    "mean alone": (lambda: Normalization(mean=1.0), ValueError, "both of mean and var"),
    "variance": (lambda: Normalization(-1, 0, -1), ValueError, "not be negative"),
    "means": (lambda: Normalization(-1, [1, 2], 1)(X), ShapeError, r"mean has shape"),
    "adapt": (lambda: Normalization(-1, 0, 1).adapt(X), TypeError, "replace the mean"),
    "adapt nan": (lambda: Normalization().adapt([np.nan]), ValueError, "adapt.*finite"),
    "adapt 0": (lambda: Normalization().adapt(X[:0]), ShapeError, "0 samples"),
    "scale": (lambda: untyped.Rescaling("2"), TypeError, "scale must be a number"),
    "two -1": (lambda: Reshape((-1, -1)), ValueError, "may have one -1"),
    "a size 0": (lambda: Reshape((0, 3)), ValueError, "a size of target_shape"),
    "no tuple": (lambda: untyped.Reshape(3), TypeError, "target_shape must be a tuple"),
    "reshape": (lambda: Reshape((2, -1))(X), ShapeError, r"\(3,\) have 3 numbers"),
    "dims": (lambda: Permute((1, 3)), ValueError, "the axes 1, 2, ... once each"),
    "axes": (lambda: Permute((2, 1))(X), ShapeError, "takes samples of 2 axes"),
    "n": (lambda: RepeatVector(0), ValueError, "n must be at least 1"),
    "repeat": (lambda: RepeatVector(2)(CUBE), ShapeError, r"\(features,\), got"),
    "flatten": (lambda: untyped.Flatten(data_format="x"), TypeError, "'data_format'"),
}


@pytest.mark.parametrize("case", BAD)
def test_refused(case: str) -> None:
    make, error, message = BAD[case]
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    "layer",
    [
        Sequential([Dense(1)], name="net", trainable=False, input_shape=(2,)),
        Dense(1, name="out", trainable=False, input_shape=(2,)),
    ],
)
def test_a_configuration_keeps_every_option(layer: Layer) -> None:
    again = type(layer).from_config(layer.get_config())
    assert again.name == layer.name
    assert again.trainable is False
    assert again.input_shape == (2,)


def test_a_configuration_keeps_an_option_that_the_constructor_takes_by_name() -> None:
    class Named(layers.Identity):
        def __init__(self, name: str) -> None:
            super().__init__(name=name)

    assert Named.from_config(Named("own").get_config()).name == "own"


def test_a_call_may_say_whether_it_is_training() -> None:
    inner = Sequential([BatchNormalization()], trainable=False)
    model = Sequential([Dropout(0.5), inner, BatchNormalization()], seed=0)
    x = np.ones((4, 3))
    model(x)
    outer, frozen = model.layers[-1], inner.layers[0]
    as_it_is = model(x)
    np.testing.assert_array_equal(model(x, training=False), as_it_is)
    assert (model(x, training=True) != as_it_is).any()
    assert outer.get_weights()[2].any()  # the moving mean has moved
    assert not frozen.get_weights()[2].any()
    assert not any(layer.training for layer in model.walk())
    with pytest.raises(TypeError, match="training must be True or False, got 'yes'"):
        model(x, training="yes")  # type: ignore[arg-type]
