"""What must hold for everything in the registry: layers, losses, optimizers, ..."""

import copy
import dataclasses
import itertools
import pickle
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from formulas import execute
from registry import (
    CALLBACKS,
    CONSTRAINTS,
    INITIALIZERS,
    LAYERS,
    LOSSES,
    METRICS,
    NUMBERS,
    NUMBERS_ALONE,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    LayerCase,
    LossCase,
    MetricCase,
    classes_of,
)

from minidl import (
    Sequential,
    callbacks,
    configuration,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    schedules,
)
from minidl.callbacks import Callback, LambdaCallback
from minidl.configuration import Configurable
from minidl.constraints import Constraint
from minidl.gradient_check import check_layer, check_loss
from minidl.initializers import Initializer
from minidl.layers import Activation, Dense, Layer
from minidl.losses import Crossentropy, Loss, SampleLoss
from minidl.metrics import MeanMetricWrapper, Statistic
from minidl.optimizers import SGD, Optimizer
from minidl.regularizers import Regularizer
from minidl.schedules import CosineDecay, CosineDecayRestarts, LearningRateSchedule
from minidl.types import Array, Shape

every_layer = pytest.mark.parametrize(
    "case", LAYERS, ids=[repr(case.layer) for case in LAYERS]
)
every_loss = pytest.mark.parametrize(
    "case", LOSSES, ids=[repr(case.loss) for case in LOSSES]
)
every_metric = pytest.mark.parametrize(
    "case", METRICS, ids=[repr(case.metric) for case in METRICS]
)
every_callback = pytest.mark.parametrize("callback", CALLBACKS, ids=repr)
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
every_schedule = pytest.mark.parametrize("schedule", SCHEDULES, ids=repr)
every_regularizer = pytest.mark.parametrize("regularizer", REGULARIZERS, ids=repr)
every_constraint = pytest.mark.parametrize("constraint", CONSTRAINTS, ids=repr)
every_initializer = pytest.mark.parametrize("initializer", INITIALIZERS, ids=repr)


def built(case: LayerCase, dtype: str = "float64", seed: int = 0) -> Layer:
    """Return a fresh copy of the case's layer, built with random weights."""
    layer = type(case.layer).from_config(case.layer.get_config())
    layer.adopt(np.dtype(dtype), np.random.default_rng(seed))
    layer.connect(case.input_shape)
    random = np.random.default_rng(seed)
    for weight in layer.parameters:
        weight.value = random.normal(size=weight.shape)
    return layer


def samples(shape: Shape, dtype: str = "float64", seed: int = 1) -> Array:
    x = np.random.default_rng(seed).normal(size=(4, *shape))
    return x.astype(dtype)


@pytest.mark.parametrize(
    ("module", "base", "cases"),
    [
        (layers, Layer, [case.layer for case in LAYERS]),
        (losses, Loss, [case.loss for case in LOSSES]),
        (metrics, Statistic, [case.metric for case in METRICS] + NUMBERS_ALONE),
        (callbacks, Callback, CALLBACKS),
        (optimizers, Optimizer, OPTIMIZERS),
        (schedules, LearningRateSchedule, SCHEDULES),
        (regularizers, Regularizer, REGULARIZERS),
        (constraints, Constraint, CONSTRAINTS),
        (initializers, Initializer, INITIALIZERS),
    ],
)
def test_every_class_has_a_row(
    module: ModuleType, base: type, cases: list[object]
) -> None:
    assert classes_of(module, base) <= {type(case) for case in cases}


def test_every_layer_loss_and_metric_has_its_formula_executed() -> None:
    """But for those that are whatever they are given or choose."""
    cases: list[tuple[object, bool]]
    cases = [(case.layer, case.formula) for case in LAYERS]
    cases += [(case.loss, bool(case.formula)) for case in LOSSES]
    cases += [(case.metric, case.formula) for case in METRICS]
    executed = {type(thing) for thing, formula in cases if formula}
    without = {type(thing) for thing, _ in cases} - executed
    assert without == {Activation, Sequential, Crossentropy, MeanMetricWrapper}


@every_layer
def test_gradients_agree_with_differences(case: LayerCase) -> None:
    check_layer(case.layer, case.input_shape)


@every_layer
def test_docstring_formulas_are_what_the_code_does(case: LayerCase) -> None:
    if not case.formula:
        pytest.skip("its docstring states no formula of its own")
    layer, x = built(case), samples(case.input_shape)
    layer.training = True
    values: dict[str, Any] = {"x": x, "random": copy.deepcopy(layer.random)}
    values |= {weight.name: weight.value.copy() for weight in layer.weights}
    y = layer.forward(x)
    dy = samples(y.shape[1:], seed=2)
    dx = layer.backward(dy)
    named = execute(type(layer), "Forward", {**layer.get_config(), **values})
    np.testing.assert_allclose(named["y"], y, rtol=1e-11, atol=1e-15)
    named = execute(type(layer), "Backward", {**named, "dy": dy})
    np.testing.assert_allclose(named["dx"], dx, rtol=1e-11, atol=1e-15)
    for weight in layer.weights:
        name, stated = weight.name, weight.value
        if weight.trainable:
            name, stated = f"d{weight.name}", weight.grad
        np.testing.assert_allclose(named[name], stated, rtol=1e-11, atol=1e-15)


@every_layer
def test_output_shape_is_announced(case: LayerCase) -> None:
    layer = built(case)
    y = layer.forward(samples(case.input_shape))
    assert y.shape[1:] == layer.output_shape(case.input_shape)


@every_layer
def test_float32_stays_float32(case: LayerCase) -> None:
    layer, x = built(case, "float32"), samples(case.input_shape, "float32")
    y = layer.forward(x)
    dx = layer.backward(np.ones_like(y))
    arrays = [value for value in vars(layer).values() if isinstance(value, np.ndarray)]
    arrays += [array for w in layer.weights for array in (w.value, w.grad)]
    assert {array.dtype.name for array in (y, dx, *arrays)} == {"float32"}


@every_layer
def test_arrays_given_are_not_changed(case: LayerCase) -> None:
    layer, x = built(case), samples(case.input_shape)
    kept = x.copy()
    y = layer.forward(x)
    dy = samples(y.shape[1:], seed=2)
    kept_dy = dy.copy()
    layer.backward(dy)
    np.testing.assert_array_equal(x, kept)
    np.testing.assert_array_equal(dy, kept_dy)


@every_layer
def test_layer_config_makes_an_equal_layer(case: LayerCase) -> None:
    config = case.layer.get_config()
    again = type(case.layer).from_config(config)
    assert again.get_config() == config
    assert repr(again) == repr(case.layer)


@every_layer
def test_same_seed_same_bits(case: LayerCase) -> None:
    def weights() -> list[Array]:
        layer = type(case.layer).from_config(case.layer.get_config())
        return Sequential([layer], seed=5, input_shape=case.input_shape).get_weights()

    for one, other in zip(weights(), weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@every_layer
@pytest.mark.parametrize(
    "clone", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_copied_model_trains_apart_from_the_original(
    case: LayerCase, clone: type
) -> None:
    layer = type(case.layer).from_config(case.layer.get_config())
    layer.trainable = True
    model = Sequential([layer], seed=0)
    model.compile(SGD(0.1, momentum=0.9), "mse")
    x = samples(case.input_shape)
    y = np.zeros((4, *layer.output_shape(case.input_shape)))
    model.fit(x, y, epochs=2, verbose=0)
    before = model.get_weights()
    twin: Sequential = clone(model)
    twin.fit(x, y, epochs=2, verbose=0)
    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.value, value)
    model.fit(x, y, epochs=2, verbose=0)
    for one, other in zip(model.weights, twin.weights, strict=True):
        np.testing.assert_array_equal(one.value, other.value)


@every_layer
def test_repr_of_a_layer_makes_it_again(case: LayerCase) -> None:
    again = eval(
        repr(case.layer),
        {
            **vars(initializers),
            **vars(regularizers),
            **vars(constraints),
            **vars(layers),
            "Sequential": Sequential,
        },
    )
    assert repr(again) == repr(case.layer)


@every_loss
@pytest.mark.parametrize("weighted", [False, True])
def test_loss_gradient_agrees_with_differences(case: LossCase, weighted: bool) -> None:
    loss = copy.deepcopy(case.loss)
    if weighted and isinstance(loss, SampleLoss):
        loss.sample_weight = np.array([1.0, 0.0, 2.0, 0.5, 1.5])
    check_loss(loss, case.y_true, case.y_pred)


@every_loss
def test_loss_of_several_steps_is_that_of_as_many_samples(case: LossCase) -> None:
    loss = copy.deepcopy(case.loss)
    if getattr(loss, "axis", -1) != -1:
        pytest.skip("its axis is that of the steps")
    y_true, y_pred = (
        np.stack([array, array[::-1]], axis=1) for array in (case.y_true, case.y_pred)
    )
    check_loss(loss, y_true, y_pred)
    value, gradient = loss(y_true, y_pred), loss.gradient()
    rows = [array.reshape(10, *array.shape[2:]) for array in (y_true, y_pred, gradient)]
    assert loss(*rows[:2]) == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(loss.gradient(), rows[2], rtol=1e-12)


@every_loss
def test_loss_docstring_formulas_are_what_the_code_does(case: LossCase) -> None:
    if not case.formula:
        pytest.skip("its docstring states no formula of its own")
    loss = copy.deepcopy(case.loss)
    value = loss(case.y_true, case.y_pred)
    named = {**vars(loss), "y_true": case.y_true, "y_pred": case.y_pred}
    for section in case.formula:
        named = execute(type(loss), section, named)
    np.testing.assert_allclose(named["loss"], value, rtol=1e-12)
    np.testing.assert_allclose(named["dy_pred"], loss.gradient(), rtol=1e-11)


@every_loss
@pytest.mark.parametrize("weighted", [False, True])
def test_loss_keeps_float32_and_its_arguments(case: LossCase, weighted: bool) -> None:
    loss = copy.deepcopy(case.loss)
    y_true, y_pred = case.y_true.astype("float32"), case.y_pred.astype("float32")
    y_true = loss.check_targets(y_true, y_pred.shape[1:])
    if weighted and isinstance(loss, SampleLoss):
        loss.sample_weight = np.ones(5, np.float32)
    kept = y_true.copy(), y_pred.copy()
    value = loss.forward(y_true, y_pred)
    assert type(value) is float
    assert loss.gradient().dtype == np.float32
    np.testing.assert_array_equal(y_true, kept[0])
    np.testing.assert_array_equal(y_pred, kept[1])
    arrays = [value for value in vars(loss).values() if isinstance(value, np.ndarray)]
    assert {array.dtype.name for array in arrays} <= {"float32", "int64"}


# Metrics ------------------------------------------------------------------------------


def measured(case: MetricCase, *batches: slice, weight: Array | None = None) -> Any:
    """Return a metric's result over batches, of all samples at once by default."""
    metric = copy.deepcopy(case.metric)
    for batch in batches or [slice(None)]:
        metric.update_state(
            case.y_true[batch],
            case.y_pred[batch],
            None if weight is None else weight[batch],
        )
    return metric.result()


@every_metric
def test_metric_docstring_formula_is_what_the_code_does(case: MetricCase) -> None:
    if not case.formula:
        pytest.skip("its docstring states no formula of its own")
    named = {**vars(case.metric), "y_true": case.y_true, "y_pred": case.y_pred}
    limits = named.get("thresholds", named.get("threshold"))
    stated = [
        execute(type(case.metric), "Value", {**named, "threshold": limit})["value"]
        for limit in np.atleast_1d(0.5 if limits is None else limits)
    ]
    got = np.reshape(measured(case), np.shape(stated))
    np.testing.assert_allclose(got, stated, rtol=1e-12)


@every_metric
@pytest.mark.parametrize("weighted", [False, True])
def test_metric_does_not_depend_on_the_batches(
    case: MetricCase, weighted: bool
) -> None:
    weight = np.array([1.0, 0.0, 2.0, 0.5, 1.5]) if weighted else None
    whole = measured(case, weight=weight)
    for ends in ([0, 2, 5], [0, 4, 5], [0, 1, 2, 3, 4, 5]):
        batches = [slice(*pair) for pair in itertools.pairwise(ends)]
        split = measured(case, *batches, weight=weight)
        np.testing.assert_allclose(split, whole, rtol=1e-12, atol=1e-15)
        assert type(split) is type(whole)


@every_metric
def test_weights_of_a_metric_count_samples(case: MetricCase) -> None:
    repeated = dataclasses.replace(
        case,
        y_true=np.repeat(case.y_true, [2, 1, 0, 3, 1], axis=0),
        y_pred=np.repeat(case.y_pred, [2, 1, 0, 3, 1], axis=0),
    )
    weighted = measured(case, weight=np.array([2, 1, 0, 3, 1]))
    np.testing.assert_allclose(weighted, measured(repeated), rtol=1e-12)


@every_metric
def test_metric_sums_float32_in_float64_and_keeps_its_arguments(
    case: MetricCase,
) -> None:
    y_true, y_pred = case.y_true.astype("float32"), case.y_pred.astype("float32")
    single = dataclasses.replace(case, y_true=y_true.copy(), y_pred=y_pred.copy())
    double = dataclasses.replace(
        case, y_true=y_true.astype("float64"), y_pred=y_pred.astype("float64")
    )
    got, expected = measured(single), measured(double)
    np.testing.assert_array_equal(got, expected)
    assert type(got) is type(expected) in (float, np.ndarray)
    np.testing.assert_array_equal(single.y_true, y_true)
    np.testing.assert_array_equal(single.y_pred, y_pred)


@every_metric
def test_metric_begins_anew_and_is_copied_as_it_stands(case: MetricCase) -> None:
    metric = copy.deepcopy(case.metric)
    empty = metric.result()
    assert np.isfinite(empty).all()
    metric.update_state(case.y_true[:2], case.y_pred[:2])
    for twin in (copy.deepcopy(metric), pickle.loads(pickle.dumps(metric))):
        np.testing.assert_array_equal(twin.result(), metric.result())
        got = twin(case.y_true[2:], case.y_pred[2:])
        np.testing.assert_allclose(got, measured(case), rtol=1e-12, atol=1e-15)
    metric.reset_state()
    np.testing.assert_array_equal(metric.result(), empty)


@every_metric
def test_a_metric_made_again_measures_the_same(case: MetricCase) -> None:
    again = type(case.metric).from_config(case.metric.get_config())
    made = dataclasses.replace(case, metric=again)
    np.testing.assert_array_equal(measured(made), measured(case))


# Callbacks ----------------------------------------------------------------------------


def numbers_of_a_run(callback: Callback | None, dtype: str = "float64") -> list[Array]:
    """Return the losses and the weights of a short run."""
    model = Sequential([Dense(3, "tanh"), Dense(1)], seed=0, dtype=dtype)
    model.compile(SGD(0.1, momentum=0.9), "mse")
    history = model.fit(
        NUMBERS, NUMBERS[:, :1], 2, epochs=5, verbose=0, callbacks=callback
    )
    return [np.array(history.history["loss"]), *model.get_weights()]


@every_callback
def test_callback_acts_the_same_in_every_copy_and_run(
    callback: Callback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    callback = copy.deepcopy(callback)
    unused = pickle.dumps(callback)
    expected = numbers_of_a_run(callback)
    used = pickle.dumps(callback)
    for twin in (pickle.loads(unused), pickle.loads(used), copy.deepcopy(callback)):
        for got, one in zip(numbers_of_a_run(twin), expected, strict=True):
            np.testing.assert_array_equal(got, one)


@every_callback
def test_callback_that_only_watches_changes_no_number(
    callback: Callback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    watched = numbers_of_a_run(copy.deepcopy(callback))
    alone = numbers_of_a_run(None)
    if callback.only_watches:
        for got, expected in zip(watched, alone, strict=True):
            np.testing.assert_array_equal(got, expected)


@every_callback
def test_callback_leaves_a_float32_model_in_float32(
    callback: Callback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _, *weights = numbers_of_a_run(copy.deepcopy(callback), "float32")
    assert {weight.dtype.name for weight in weights} == {"float32"}


@every_callback
def test_callback_keeps_its_arguments(callback: Callback) -> None:
    """So that its repr is the call that makes it, but a History's is what it holds."""
    again = copy.deepcopy(callback)
    if not isinstance(callback, LambdaCallback):  # which keeps them as its hooks
        again = type(callback)(**configuration.get_config(callback))
    assert repr(again) == repr(callback)
    name = type(callback).__name__
    shown = "<History of 0 epochs" if name == "History" else f"{name}("
    assert repr(callback).startswith(shown)


# Optimizers and the rest --------------------------------------------------------------


@every_optimizer
def test_optimizer_docstring_rule_is_what_the_code_does(optimizer: Optimizer) -> None:
    optimizer = copy.deepcopy(optimizer)
    random = np.random.default_rng(0)
    values, gradients = random.normal(size=5), np.zeros(5)
    optimizer.prepare([], values, gradients, [slice(0, 5)])
    rows = [other for other in OPTIMIZERS if type(other) is type(optimizer)]
    named: dict[str, Any] = {"value": values.copy()}
    for slot in {slot for other in rows for slot in other.slots}:
        named[slot] = np.full(5, optimizer.initial(slot))
    for step in range(10):
        gradients[:] = random.normal(size=5)
        named |= {name: getattr(optimizer, name) for name in optimizer.get_config()}
        named |= {"iterations": step, "gradient": gradients.copy()}
        optimizer.step()
        named = execute_step(optimizer, named)
        np.testing.assert_allclose(named["value"], values, rtol=1e-12)
        for slot, state in optimizer.state.items():
            np.testing.assert_allclose(named[slot], state, rtol=1e-12, atol=1e-300)
    assert optimizer.iterations == 10


def execute_step(optimizer: Optimizer, named: dict[str, Any]) -> dict[str, Any]:
    """Execute what the docstrings say of clipping, decay and the rule itself."""
    if limit := optimizer.clipnorm or optimizer.global_clipnorm:
        named = execute(Optimizer, "Clipnorm", {**named, "clipnorm": limit})
    if optimizer.clipvalue:
        named = execute(Optimizer, "Clipvalue", named)
    if optimizer.weight_decay:
        named = execute(Optimizer, "Decay", named)
    return execute(type(optimizer), "Update", named)


@every_optimizer
def test_optimizer_steps_are_the_same_in_blocks(
    optimizer: Optimizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(block: int) -> Array:
        monkeypatch.setattr("minidl.optimizers.optimizer.BLOCK", block)
        own = copy.deepcopy(optimizer)
        values = np.arange(100.0)
        own.prepare([], values, np.sin(values), [slice(0, 40), slice(60, 100)])
        for _ in range(3):
            own.step()
        return values

    np.testing.assert_array_equal(run(56), run(8000))
    np.testing.assert_array_equal(run(56)[40:60], np.arange(40.0, 60.0))


@every_optimizer
def test_optimizer_keeps_float32(optimizer: Optimizer) -> None:
    optimizer = copy.deepcopy(optimizer)
    values = np.ones(5, np.float32)
    optimizer.prepare([], values, np.ones(5, np.float32), [slice(0, 5)])
    optimizer.step()
    assert {array.dtype.name for array in optimizer.state.values()} <= {"float32"}


@every_schedule
def test_schedule_docstring_formula_is_what_the_code_does(
    schedule: LearningRateSchedule,
) -> None:
    named: dict[str, Any] = schedule.get_config()
    for step in range(30):
        if isinstance(schedule, CosineDecay) and step < schedule.warmup_steps:
            rate = execute(CosineDecay, "Warm-up", {**named, "step": step})["rate"]
        elif isinstance(schedule, CosineDecayRestarts):
            waves, done = schedule._wave(step)
            height = schedule.m_mul**waves
            wave = {**named, "done": done, "height": height}
            rate = execute(CosineDecayRestarts, "Rate", wave)["rate"]
        else:
            rate = execute(type(schedule), "Rate", {**named, "step": step})["rate"]
        assert schedule(step) == pytest.approx(rate, rel=1e-12, abs=1e-18)
        assert type(schedule(step)) is float


@every_regularizer
def test_regularizer_docstring_formulas_and_dtype(regularizer: Regularizer) -> None:
    w = samples((3,))
    w[0, 0] = 0
    named = {**regularizer.get_config(), "w": w}
    penalty = execute(type(regularizer), "Penalty", named)["penalty"]
    dw = execute(type(regularizer), "Gradient", named)["dw"]
    np.testing.assert_allclose(regularizer(w), penalty, rtol=1e-12)
    np.testing.assert_allclose(regularizer.gradient(w), dw, rtol=1e-12)
    single = samples((3,), "float32")
    kept = single.copy()
    assert type(regularizer(single)) is float
    assert regularizer.gradient(single).dtype == np.float32
    np.testing.assert_array_equal(single, kept)


@every_constraint
def test_constraint_docstring_formula_and_dtype(constraint: Constraint) -> None:
    w = samples((3,))
    named = execute(type(constraint), "Allowed", {**constraint.get_config(), "w": w})
    np.testing.assert_allclose(constraint(w), named["w"], rtol=1e-12)
    single = samples((3,), "float32")
    kept = single.copy()
    assert constraint(single).dtype == np.float32
    np.testing.assert_array_equal(single, kept)


@pytest.mark.parametrize(
    "thing",
    [
        *(case.loss for case in LOSSES),
        *(case.metric for case in METRICS),
        *NUMBERS_ALONE,
        *OPTIMIZERS,
        *SCHEDULES,
        *REGULARIZERS,
        *CONSTRAINTS,
        *INITIALIZERS,
    ],
    ids=repr,
)
def test_config_repr_and_copies(thing: Configurable) -> None:
    again = type(thing).from_config(thing.get_config())
    for other in (again, copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
        assert other.get_config() == thing.get_config()
        assert repr(other) == repr(thing)


@every_initializer
def test_initializer_shape_dtype_and_seed(initializer: Initializer) -> None:
    def draw(dtype: str, seed: int) -> Array:
        return initializer((20, 30), dtype, np.random.default_rng(seed))

    assert draw("float32", 0).dtype == np.float32
    assert draw("float64", 0).shape == (20, 30)
    np.testing.assert_array_equal(draw("float64", 0), draw("float64", 0))
    np.testing.assert_array_equal(
        draw("float64", 0).astype("float32"), draw("float32", 0)
    )
    if initializer.seed is not None:
        np.testing.assert_array_equal(draw("float64", 0), draw("float64", 1))
