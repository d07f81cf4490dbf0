"""The keyword arguments that every layer takes."""

from typing import TypedDict

from minidl import arguments
from minidl.types import Shape


class LayerOptions(TypedDict, total=False):
    """The keyword arguments that every layer takes and hands on to `Layer`."""

    name: str | None
    trainable: bool
    input_shape: Shape | None
    input_dim: int | None


OPTIONS = ("name", "trainable", "input_shape")  # which a layer keeps

KERAS_ONLY = (  # what some layer of Keras takes and none takes here
    "alpha_constraint",
    "alpha_regularizer",
    "autocast",
    "batch_input_shape",
    "batch_size",
    "beta_constraint",
    "beta_regularizer",
    "data_format",
    "dtype",
    "gamma_constraint",
    "gamma_regularizer",
    "lora_alpha",
    "lora_rank",
    "quantization_config",
    "renorm",
    "renorm_clipping",
    "renorm_momentum",
    "synchronized",
    "weights",
)


def sample_shape(owner: str, options: LayerOptions) -> Shape | None:
    """Return the shape of one sample, told as `input_shape` or as `input_dim`."""
    shape, features = options.get("input_shape"), options.get("input_dim")
    if features is None:
        given = shape is not None
        return arguments.shape(owner, "input_shape", shape) if given else None
    if shape is not None:
        raise TypeError(
            f"{owner}: input_dim={features!r} is short for an input_shape, but got "
            f"input_shape={shape!r} too: leave one of them out"
        )
    return (arguments.whole_number(owner, "input_dim", features),)
