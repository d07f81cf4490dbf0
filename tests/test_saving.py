"""A model that is saved and loaded is the same model, to the last bit."""

import copy
import os
import random
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from raw_files import with_array
from registry import (
    CONSTRAINTS,
    INITIALIZERS,
    LAYERS,
    LOSSES,
    METRICS,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    LayerCase,
    LossCase,
    MetricCase,
)
from round_trips import X, Y, bits, both_dtypes, check_round_trip, small

import minidl
from minidl import Sequential, models
from minidl.configuration import Configurable
from minidl.constraints import Constraint
from minidl.errors import FileFormatError, NotBuiltError, NotCompiledError
from minidl.files import container
from minidl.initializers import Initializer
from minidl.layers import (
    BatchNormalization,
    Dense,
    Dropout,
    Identity,
    Input,
    ReLU,
    Reshape,
)
from minidl.metrics import AUC
from minidl.optimizers import SGD, Adam, Optimizer, RMSprop
from minidl.regularizers import Regularizer
from minidl.saving import load_model, save_model
from minidl.schedules import LearningRateSchedule


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


@both_dtypes
@pytest.mark.parametrize("case", LAYERS, ids=lambda case: repr(case.layer))
def test_every_layer(case: LayerCase, dtype: str, path: Path) -> None:
    layer = type(case.layer).from_config(case.layer.get_config())
    x = 0.5 * np.random.default_rng(0).normal(size=(10, *case.input_shape))
    check_round_trip(small(layer, dtype=dtype), x, Y, path)


@both_dtypes
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_every_optimizer(optimizer: Optimizer, dtype: str, path: Path) -> None:
    model = small(Dense(3, "tanh"), Dropout(0.2), dtype=dtype)
    model.compile(copy.deepcopy(optimizer), "mse")
    twin = check_round_trip(model, X, Y, path)
    assert repr(twin.optimizer) == repr(optimizer)
    assert twin.optimizer.learning_rate == model.optimizer.learning_rate


@pytest.mark.parametrize(
    ("optimizer", "change", "kept"),
    [
        (SGD(), {"momentum": 0.9}, ["velocity"]),
        (SGD(momentum=0.9), {"momentum": 0.0}, []),
        (RMSprop(), {"momentum": 0.9}, ["square", "velocity"]),
        (RMSprop(momentum=0.9), {"centered": True}, ["square", "mean", "velocity"]),
        (RMSprop(centered=True), {"centered": False}, ["square"]),
        (Adam(), {"amsgrad": True}, ["momentum", "velocity", "highest"]),
        (Adam(amsgrad=True), {"amsgrad": False}, ["momentum", "velocity"]),
    ],
    ids=repr,
)
def test_an_optimizer_that_keeps_something_else_than_before(
    optimizer: Optimizer, change: dict[str, Any], kept: list[str], path: Path
) -> None:
    model = small()
    model.compile(copy.deepcopy(optimizer), "mse")
    model.fit(X, Y, verbose=0)
    vars(model.optimizer).update(change)
    model.save(path)
    twin = load_model(path)
    assert list(twin.optimizer.state) == kept
    for one in (model, twin):
        one.fit(X, Y, epochs=2, batch_size=4, verbose=0)
    assert bits(twin) == bits(model)


@pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
def test_every_schedule(schedule: LearningRateSchedule, path: Path) -> None:
    model = small()
    model.compile(SGD(schedule), "mse")
    check_round_trip(model, X, Y, path)


@pytest.mark.parametrize("case", LOSSES, ids=lambda case: repr(case.loss))
def test_every_loss(case: LossCase, path: Path) -> None:
    shape = case.y_pred.shape[1:]
    size = int(np.prod(shape))
    last = Dense(size, "sigmoid" if size == 1 else "softmax")
    model = Sequential([last, Reshape(shape)], seed=0)
    model.compile("sgd", copy.deepcopy(case.loss))
    x = X[: len(case.y_true)]
    twin = check_round_trip(model, x, case.y_true, path)
    assert repr(twin.loss) == repr(case.loss)


@pytest.mark.parametrize("case", METRICS, ids=lambda case: repr(case.metric))
@pytest.mark.parametrize("part", ["metrics", "weighted_metrics"])
def test_every_metric(case: MetricCase, part: str, path: Path) -> None:
    size = case.y_pred.shape[1]
    labels = case.y_true.ndim == 1 or case.y_true.shape[1] != size
    model = Sequential([Dense(size, "sigmoid" if size == 1 else "softmax")], seed=0)
    chosen: dict[str, Any] = {part: [copy.deepcopy(case.metric)]}
    model.compile("sgd", "crossentropy" if labels else "mse", **chosen)
    x = np.random.default_rng(0).normal(size=(len(case.y_true), 2))
    check_round_trip(model, x, case.y_true, path)


@pytest.mark.parametrize("part", [*REGULARIZERS, *CONSTRAINTS, *INITIALIZERS], ids=repr)
def test_every_part_of_a_layer(part: Configurable, path: Path) -> None:
    kinds = {
        Regularizer: "kernel_regularizer",
        Constraint: "kernel_constraint",
        Initializer: "kernel_initializer",
    }
    [name] = [name for kind, name in kinds.items() if isinstance(part, kind)]
    options: Any = {name: part}
    twin = check_round_trip(small(Dense(3, **options)), X, Y, path)
    assert repr(getattr(twin.layers[0], name)) == repr(part)


@both_dtypes
def test_models_in_models(dtype: str, path: Path) -> None:
    inner = Sequential([Dense(3), Dropout(0.5)], name="inner", dtype=dtype, seed=3)
    outer = Sequential([inner, BatchNormalization()], dtype=dtype)
    twin = check_round_trip(small(outer, Dropout(0.5), dtype=dtype), X, Y, path)
    found = container.read(path)[0]
    assert "layers/0.sequential/layers/0.inner/layers/0.dense/kernel" in found
    assert twin.layers[0].name == "sequential"


def test_a_model_whose_shape_was_said(path: Path) -> None:
    for model in (
        Sequential([Input((3,)), Dense(1)], seed=0),
        Sequential([Dense(1, input_shape=(3,))], seed=0),
        Sequential([Dense(1)], input_shape=(3,), seed=0),
    ):
        model.compile("sgd", "mse")
        check_round_trip(model, X, Y, path)


def test_a_frozen_layer_stays_frozen(path: Path) -> None:
    model = small(Dense(3))
    model.build((3,))
    model.layers[0].trainable = False
    before = model.layers[0].get_weights()[0].copy()
    twin = check_round_trip(model, X, Y, path)
    np.testing.assert_array_equal(twin.layers[0].get_weights()[0], before)


def test_a_long_history(path: Path) -> None:
    model = small(Dense(3))
    model.fit(X, Y, epochs=100, verbose=0)
    model.save(path)
    twin = load_model(path)
    assert twin.history.history == model.history.history
    assert twin.history.epoch == list(range(100))
    assert type(twin.history.history["loss"][0]) is float
    assert twin.history.curves() == model.history.curves()


def test_a_model_that_was_not_compiled(path: Path) -> None:
    model = Sequential([Dense(2)], seed=0)
    model.build((3,))
    model.save(path)
    twin = load_model(path)
    assert bits(twin) == bits(model)
    with pytest.raises(NotCompiledError):
        twin.fit(X, Y)
    with pytest.raises(AttributeError, match="no history"):
        _ = twin.history


def test_a_model_that_was_compiled_and_not_trained(path: Path) -> None:
    model = small(Dense(3))
    model.build((3,))
    model.save(path)
    twin = load_model(path)
    for each in (model, twin):
        each.fit(X, Y, epochs=2, verbose=0)
    assert bits(twin) == bits(model)


def test_without_compile_there_is_no_optimizer(path: Path) -> None:
    model = small(Dense(3))
    model.fit(X, Y, verbose=0)
    model.save(path)
    twin = load_model(path, compile=False)
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))
    with pytest.raises(NotCompiledError):
        twin.fit(X, Y)
    twin.compile("sgd", "mse")
    twin.fit(X, Y, verbose=0)


def test_another_process_predicts_the_same_bits(path: Path) -> None:
    model = small(Dense(3, "tanh"), dtype="float32")
    model.fit(X, Y, verbose=0)
    model.save(path)
    program = (
        "import sys, numpy as np, minidl;"
        "x = np.random.default_rng(0).normal(size=(10, 3));"
        "y = minidl.saving.load_model(sys.argv[1]).predict(x);"
        "sys.stdout.buffer.write(y.tobytes())"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = [sys.executable, "-c", program, str(path)]
    printed = subprocess.run(run, env=env, capture_output=True, check=True).stdout
    assert printed == model.predict(X).tobytes()


def test_the_addresses_of_keras(path: Path) -> None:
    model = small()
    model.build((3,))
    models.save_model(model, path)
    assert bits(models.load_model(str(path))) == bits(model)
    assert minidl.saving.save_model is save_model


# Where to save


@pytest.mark.parametrize(
    "name", ["model", "model.keras", "model.h5", "model.weights.h5", "safetensors", ""]
)
def test_a_path_with_another_ending_is_refused(name: str) -> None:
    model = small()
    model.build((3,))
    for save in (model.save, model.save_weights):
        with pytest.raises(ValueError, match=r"must end in '\.safetensors'"):
            save(name)


@pytest.mark.parametrize("given", [3, None, b"model.safetensors", sys.stdout])
def test_what_is_no_path_is_refused(given: Any) -> None:
    model = small()
    model.build((3,))
    for save in (model.save, model.save_weights):
        with pytest.raises(TypeError, match="path must be a text or a Path"):
            save(given)
    for load in (load_model, model.load_weights):
        with pytest.raises(TypeError, match="path must be a text or a Path"):
            load(given)


def test_a_file_is_not_overwritten_unasked(path: Path) -> None:
    model = small()
    model.build((3,))
    model.save(path)
    before = path.read_bytes()
    for save in (model.save, model.save_weights):
        with pytest.raises(FileExistsError, match="is there already"):
            save(path, overwrite=False)
        with pytest.raises(TypeError, match="overwrite must be True or False"):
            save(path, overwrite="yes")  # type: ignore[arg-type]
    assert path.read_bytes() == before


def test_an_unbuilt_model_is_not_saved(path: Path) -> None:
    model = small()
    for save in (model.save, model.save_weights):
        with pytest.raises(NotBuiltError, match="is not built, so save"):
            save(path)
    with pytest.raises(NotBuiltError, match=r"is not built, so load_weights\(\)"):
        model.load_weights(path)
    assert not path.exists()


def test_what_is_no_model_is_not_saved(path: Path) -> None:
    with pytest.raises(TypeError, match="save_model"):
        save_model(Dense(3), path)  # type: ignore[arg-type]


# What loading leaves alone


def test_loading_draws_from_no_other_stream(path: Path) -> None:
    model = small(Dropout(0.5), Dense(3, kernel_initializer="he_normal"))
    model.fit(X, Y, verbose=0)
    model.save(path)
    minidl.utils.set_random_seed(5)
    first = Sequential([Dense(2)]).seed, Sequential([Dense(2)])([[1.0, 2.0]])
    minidl.utils.set_random_seed(5)
    before = np.random.get_state(), random.getstate()  # noqa: NPY002
    other = Sequential([Dense(2)])
    load_model(path)
    again = other.seed, Sequential([Dense(2)])([[1.0, 2.0]])
    assert repr(np.random.get_state()) == repr(before[0])  # noqa: NPY002
    assert random.getstate() == before[1]
    np.testing.assert_array_equal(again[1], first[1])


def test_saving_changes_nothing(path: Path) -> None:
    model, twin = (small(Dense(3), Dropout(0.5)) for _ in range(2))
    for each in (model, twin):
        each.fit(X, Y, verbose=0)
    model.save(path)
    model.save_weights(path)
    for each in (model, twin):
        each.fit(X, Y, verbose=0)
    assert bits(model) == bits(twin)


def test_a_loaded_model_shares_nothing_with_another(path: Path) -> None:
    model = small(Dense(3))
    model.fit(X, Y, verbose=0)
    model.save(path)
    twin, other = load_model(path), load_model(path)
    before = bits(other)
    twin.fit(X, Y, verbose=0)
    assert bits(other) == before


# Weights alone


def test_weights_alone(path: Path) -> None:
    model, twin = small(Dense(3, name="a")), small(Dense(3, name="b"))
    for each in (model, twin):
        each.build((3,))
    twin.set_weights([weight + 1 for weight in twin.get_weights()])
    model.save_weights(path)
    twin.load_weights(path)  # the names of layers do not matter, their places do
    assert bits(twin) == bits(model)
    assert set(container.read(path)[0]) == {
        *("layers/0.a/kernel", "layers/0.a/bias"),
        *("layers/2.dense/kernel", "layers/2.dense/bias"),
    }


@pytest.mark.parametrize("pair", [("float64", "float32"), ("float32", "float64")])
def test_weights_of_another_dtype_are_converted(
    pair: tuple[str, str], path: Path
) -> None:
    model, twin = (small(Dense(3), dtype=dtype) for dtype in pair)
    for each in (model, twin):
        each.build((3,))
    model.save_weights(path)
    twin.load_weights(path)
    for own, theirs in zip(twin.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(own, theirs.astype(pair[1]))


def test_weights_of_half_precision_are_converted(path: Path) -> None:
    model = small()
    model.build((3,))
    model.save_weights(path)
    half = np.array([[0.5], [1.5], [-2.0]], "f2")
    name = "layers/1.dense/kernel"
    path.write_bytes(with_array(path.read_bytes(), name, "F16", half))
    model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[0], half)


def test_weights_that_overflow_are_refused_and_none_is_changed(path: Path) -> None:
    model, twin = small(Dense(3)), small(Dense(3), dtype="float32")
    for each in (model, twin):
        each.build((3,))
    model.weights[-1].value = np.array([1e300])
    model.save_weights(path)
    before = bits(twin)
    with pytest.raises(FileFormatError, match=r"bias .*too large for float32"):
        twin.load_weights(path)
    with pytest.raises(FileFormatError, match=r"bias .*too large for float32"):
        twin.load_weights(path, skip_mismatch=True)
    assert bits(twin) == before


def test_all_differences_are_named_and_no_weight_is_changed(path: Path) -> None:
    model = Sequential([Dense(3), ReLU(), Dense(2), Dense(2)])
    model.build((3,))
    model.save_weights(path)
    twin = Sequential([Dense(4), ReLU(), Dense(2, use_bias=False)])
    twin.build((3,))
    before = bits(twin)
    with pytest.raises(FileFormatError) as caught:
        twin.load_weights(path)
    for said in (
        "layers/0.dense/kernel is (3, 3) and not (3, 4)",
        "layers/0.dense/bias is (3,) and not (4,)",
        "layers/2.dense_1/kernel is (3, 2) and not (4, 2)",
        "layers/2.dense_1/bias is too many",
        "layers/3.dense_2/kernel is too many",
    ):
        assert said in str(caught.value)
    assert bits(twin) == before


def test_what_does_not_fit_can_be_left_out(path: Path) -> None:
    model, twin = (Sequential([Dense(3), Dense(units)], seed=units) for units in (2, 5))
    for each in (model, twin):
        each.build((3,))
    model.save_weights(path)
    before = twin.get_weights()
    twin.load_weights(path, skip_mismatch=True)
    after, saved = twin.get_weights(), model.get_weights()
    for i in (0, 1):
        np.testing.assert_array_equal(after[i], saved[i])
    for i in (2, 3):
        np.testing.assert_array_equal(after[i], before[i])
    with pytest.raises(TypeError, match="skip_mismatch must be True or False"):
        twin.load_weights(path, skip_mismatch=1)  # type: ignore[arg-type]


def test_training_goes_on_with_loaded_weights(path: Path) -> None:
    model = small(Dense(3))
    model.fit(X, Y, verbose=0)
    model.save_weights(path)
    model.fit(X, Y, epochs=3, verbose=0)
    model.load_weights(path)
    kept = model.get_weights()
    model.fit(X, Y, verbose=0)
    assert model.get_weights()[0].tobytes() != kept[0].tobytes()


def test_more_than_ten_differences_are_counted(path: Path) -> None:
    model, twin = (Sequential([Dense(n) for _ in range(8)]) for n in (2, 3))
    for each in (model, twin):
        each.build((5,))
    model.save_weights(path)
    with pytest.raises(FileFormatError, match=r"; and 6 more$"):
        twin.load_weights(path)


def test_a_file_without_warning_has_no_warning(path: Path) -> None:
    model = small(Dense(3))
    model.fit(X, Y, verbose=0)
    model.save(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_model(path)


def test_what_could_not_be_loaded_is_not_saved(tmp_path: Path) -> None:
    model = Sequential([Input((1,)), *(Identity() for _ in range(1_000))])
    with pytest.raises(ValueError, match="has 1001 layers: a file may describe 1000"):
        model.save(tmp_path / "model.safetensors")
    assert list(tmp_path.iterdir()) == []
    named = Sequential([Input((1,)), Dense(1, name="n" * 65)])
    with pytest.raises(ValueError, match="name has more than 64 letters"):
        named.save(tmp_path / "model.safetensors")
    measured = Sequential([Input((1,)), Dense(1)])
    measured.compile("sgd", "mse", metrics=[AUC(num_thresholds=100_001)])
    with pytest.raises(ValueError, match=r"AUC has num_thresholds=100001, but a file"):
        measured.save(tmp_path / "model.safetensors")
    assert list(tmp_path.iterdir()) == []
