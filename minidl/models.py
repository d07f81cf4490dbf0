"""Models and their files, under the address that they have in Keras."""

from minidl.layers import Layer
from minidl.saving import load_model, save_model
from minidl.sequential import Sequential

__all__ = ["Sequential", "clone_model", "load_model", "save_model"]


def clone_model(model: Sequential) -> Sequential:
    """Return a model of equal layers, with weights of its own and not compiled.

    Raises:
        TypeError: if it is no model.

    Source: `keras.models.clone_model`, without the arguments for graphs of layers.
    """
    if not isinstance(model, Sequential):
        raise TypeError(f"clone_model(): model must be a Sequential, got {model!r}")
    layers = [_clone(layer) for layer in model.layers]
    return Sequential(**{**model.get_config(), "layers": layers})


def _clone(layer: Layer) -> Layer:
    if isinstance(layer, Sequential):
        return clone_model(layer)
    return type(layer).from_config(layer.get_config())
