"""The two programs in scikit-learn; its weights are made by a first, short fit."""

import warnings
from typing import Any

import common
from sklearn.neural_network import MLPClassifier, MLPRegressor

warnings.simplefilter("ignore")  # it warns that it could go on


def start_at(model: Any, start: Any) -> None:
    for own, given in zip(model.coefs_, start[::2], strict=True):
        own[...] = given
    for own, given in zip(model.intercepts_, start[1::2], strict=True):
        own[...] = given


def sine() -> float:
    x, y, start = common.sine()
    model: Any = MLPRegressor(
        hidden_layer_sizes=25,
        activation="logistic",
        solver="sgd",
        alpha=0.0,
        batch_size=100,
        learning_rate_init=2 * common.SINE_RATE,  # its loss is half of the others'
        shuffle=False,
        momentum=0.0,
        max_iter=1,
        tol=0.0,
        n_iter_no_change=10**9,
        warm_start=True,
    )
    model.fit(x, y[:, 0])
    start_at(model, start)
    model.max_iter = common.EPOCHS
    model.fit(x, y[:, 0])
    return 2 * float(model.loss_)


def digits() -> str:
    train, test, start = common.digits()
    model: Any = MLPClassifier(
        hidden_layer_sizes=64,
        solver="sgd",
        alpha=0.0,
        batch_size=common.BATCH,
        learning_rate_init=common.RATE,
        shuffle=False,
        momentum=0.0,
        max_iter=1,
    )
    images, labels = train
    model.partial_fit(images[:1], labels[:1], classes=range(10))
    start_at(model, start)
    return common.until_good(
        lambda: model.partial_fit(*train), lambda: model.predict_proba(test[0])
    )


common.main(sine, digits)
