"""The two programs in PyTorch."""

from typing import Any

import common
import torch


def net(sizes: list[int], between: Any, start: Any) -> Any:
    """Return a net of two layers with the given weights."""
    n_in, hidden, n_out = sizes
    linear = torch.nn.Linear
    model = torch.nn.Sequential(linear(n_in, hidden), between, linear(hidden, n_out))
    with torch.no_grad():
        for own, given in zip(model.parameters(), start, strict=True):
            own.copy_(torch.from_numpy(given.T))
    return model


def step(model: Any, criterion: Any, optimizer: Any, batch: Any) -> Any:
    optimizer.zero_grad()
    loss = criterion(model(batch[0]), batch[1])
    loss.backward()
    optimizer.step()
    return loss


def sine() -> float:
    x, y, start = common.sine()
    model = net([1, 25, 1], torch.nn.Sigmoid(), start)
    optimizer = torch.optim.SGD(model.parameters(), lr=common.SINE_RATE)
    batch, criterion = (torch.from_numpy(x), torch.from_numpy(y)), torch.nn.MSELoss()
    loss: Any = None
    for _ in range(common.EPOCHS):
        loss = step(model, criterion, optimizer, batch)
    return float(loss.item())


def digits() -> str:
    train, test, start = common.digits()
    model = net([64, 64, 10], torch.nn.ReLU(), start)
    optimizer = torch.optim.SGD(model.parameters(), lr=common.RATE)
    batches = common.batches(*map(torch.from_numpy, train))
    criterion = torch.nn.CrossEntropyLoss()
    unseen = torch.from_numpy(test[0])

    def epoch() -> None:
        for batch in batches:
            step(model, criterion, optimizer, batch)

    def outputs() -> Any:
        with torch.no_grad():
            return model(unseen)

    return common.until_good(epoch, outputs)


common.main(sine, digits)
