"""JAX: a compiled step called from a Python loop, then the whole run compiled."""

from collections.abc import Callable
from functools import partial
from typing import Any

import cases
import jax
import jax.numpy as jnp
import numpy as np
from cases import Case, Numbers, Task
from jax import lax

from contestants.contestant import Contestant


def outputs(case: Case, weights: list[Any], x: Any) -> Any:
    """Return the net's outputs."""
    between = jax.nn.relu if case.activation == "relu" else jax.nn.sigmoid
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = between(x @ kernel + bias)
    return x @ weights[-2] + weights[-1]


def loss(case: Case, weights: list[Any], x: Any, y: Any) -> Any:
    """Return the loss of a batch."""
    prediction = outputs(case, weights, x)
    if case.loss == "mse":
        return jnp.square(prediction - y).mean()
    right = jnp.take_along_axis(prediction, y[:, None], axis=1)[:, 0]
    return (jax.nn.logsumexp(prediction, axis=1) - right).mean()


def update(case: Case, state: Any, gradients: list[Any]) -> Any:
    """Return the next (weights, first slot, second slot, count) of an optimizer."""
    weights, first, second, count = state
    count += 1
    if case.optimizer == "sgd":
        weights = jax.tree.map(lambda w, g: w - case.rate * g, weights, gradients)
    elif case.optimizer == "momentum":
        first = jax.tree.map(
            lambda v, g: cases.MOMENTUM * v - case.rate * g, first, gradients
        )
        weights = jax.tree.map(jnp.add, weights, first)
    else:
        one, two = cases.BETA_1, cases.BETA_2
        alpha = case.rate * jnp.sqrt(1 - two**count) / (1 - one**count)
        first = jax.tree.map(lambda m, g: one * m + (1 - one) * g, first, gradients)
        second = jax.tree.map(
            lambda v, g: two * v + (1 - two) * g * g, second, gradients
        )
        weights = jax.tree.map(
            lambda w, m, v: w - alpha * m / (jnp.sqrt(v) + cases.EPSILON),
            weights,
            first,
            second,
        )
    return weights, first, second, count


def step(case: Case, state: Any, batch: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return the state after a step, and the loss before it."""
    value, gradients = jax.value_and_grad(partial(loss, case))(state[0], *batch)
    return update(case, state, gradients), value


class JitStep(Contestant):
    """`jax.jit` of one step, its state donated."""

    name = "JAX, jit step"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        case = task.case
        shape = (case.batches, case.batch)
        self.x = jnp.asarray(task.x.reshape(*shape, *task.x.shape[1:]))
        self.y = jnp.asarray(task.y.reshape(*shape, *task.y.shape[1:]))
        self.batches = list(zip(self.x, self.y, strict=True))
        self.step = jax.jit(partial(step, case), donate_argnums=0)

    @classmethod
    def can(cls, case: Case) -> bool:
        return case.dtype == "float32"

    def reset(self) -> None:
        weights = [jnp.array(array) for array in self.task.start]
        plain = self.task.case.optimizer == "sgd"
        first = [] if plain else [jnp.zeros_like(w) for w in weights]
        adam = self.task.case.optimizer == "adam"
        second = [jnp.zeros_like(w) for w in weights] if adam else []
        self.state: Any = jax.block_until_ready((weights, first, second, jnp.array(0)))

    def train(self, epochs: int) -> None:
        state, losses = self.state, []
        for _ in range(epochs):
            for batch in self.batches:
                state, value = self.step(state, batch)
                losses.append(value)
        self.state = jax.block_until_ready(state)

    def weights(self) -> list[Numbers]:
        return [np.asarray(array) for array in self.state[0]]

    def inference(self, x: Numbers) -> dict[str, Callable[[], Any]]:
        call = jax.jit(partial(outputs, self.task.case))
        weights, given = self.state[0], jnp.asarray(x)
        return {"JAX, jit": lambda: call(weights, given).block_until_ready()}


class Whole(JitStep):
    """`lax.fori_loop` over epochs, `lax.scan` over batches: no Python in between.

    The mean loss of the last epoch is a result, or XLA would compute no loss at all.
    """

    name = "JAX, whole run compiled"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        one = partial(step, task.case)

        def run(state: Any, x: Any, y: Any, epochs: Any) -> Any:
            def epoch(_: Any, carried: Any) -> Any:
                state, losses = lax.scan(one, carried[0], (x, y))
                return state, losses.mean()

            return lax.fori_loop(0, epochs, epoch, (state, jnp.float32(0)))

        self.run = jax.jit(run, donate_argnums=0)

    def train(self, epochs: int) -> None:
        result = self.run(self.state, self.x, self.y, epochs)
        self.state, _ = jax.block_until_ready(result)

    def inference(self, x: Numbers) -> dict[str, Callable[[], Any]]:
        return {}


CONTESTANTS = [JitStep, Whole]
