"""The two programs in JAX: the sine run compiled whole, a step of the digits."""

from functools import partial
from typing import Any

import common
import jax
import jax.numpy as jnp
from jax import lax


def outputs(between: Any, weights: Any, x: Any) -> Any:
    w1, b1, w2, b2 = weights
    return between(x @ w1 + b1) @ w2 + b2


def sine() -> float:
    x, y, start = common.sine()

    def loss(weights: Any) -> Any:
        return jnp.square(outputs(jax.nn.sigmoid, weights, x) - y).mean()

    def step(_: Any, state: Any) -> Any:
        value, gradients = jax.value_and_grad(loss)(state[0])
        rate = common.SINE_RATE
        return jax.tree.map(lambda w, g: w - rate * g, state[0], gradients), value

    run = jax.jit(partial(lax.fori_loop, 0, common.EPOCHS, step))
    return float(run((list(map(jnp.asarray, start)), jnp.float32(0)))[1])


def loss_of_labels(weights: Any, x: Any, y: Any) -> Any:
    scores = outputs(jax.nn.relu, weights, x)
    right = jnp.take_along_axis(scores, y[:, None], axis=1)[:, 0]
    return (jax.nn.logsumexp(scores, axis=1) - right).mean()


def digits() -> str:
    train, test, start = common.digits()
    batches = common.batches(*map(jnp.asarray, train))
    weights: Any = list(map(jnp.asarray, start))

    @partial(jax.jit, donate_argnums=0)
    def step(weights: Any, x: Any, y: Any) -> Any:
        gradients = jax.grad(loss_of_labels)(weights, x, y)
        return jax.tree.map(lambda w, g: w - common.RATE * g, weights, gradients)

    def epoch() -> None:
        nonlocal weights
        for batch in batches:
            weights = step(weights, *batch)

    predict = jax.jit(lambda weights: outputs(jax.nn.relu, weights, test[0]))
    return common.until_good(epoch, lambda: predict(weights))


common.main(sine, digits)
