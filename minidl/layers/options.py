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
    "autocast",
    "batch_input_shape",
    "batch_size",
    "data_format",
    "dtype",
    "lora_alpha",
    "lora_rank",
    "quantization_config",
    "renorm",
    "renorm_clipping",
    "renorm_momentum",
    "synchronized",
    "weights",
)


def checked(owner: str, options: LayerOptions) -> tuple[str | None, bool, Shape | None]:
    """Return a layer's name, if it has one, `trainable` and `input_shape`.

    Raises:
        TypeError: if one is not what it must be.
    """
    name = options.get("name")
    return (
        None if name is None else arguments.text(owner, "name", name),
        arguments.flag(owner, "trainable", options.get("trainable", True)),
        _sample_shape(owner, options),
    )


def _sample_shape(owner: str, options: LayerOptions) -> Shape | None:
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
