"""The keyword arguments that every layer takes."""

from typing import TypedDict

from minidl.types import Shape


class LayerOptions(TypedDict, total=False):
    """The keyword arguments that every layer takes and hands on to `Layer`."""

    name: str | None
    trainable: bool
    input_shape: Shape | None


KERAS_ONLY = (  # what some layer of Keras takes and none takes here
    "activity_regularizer",
    "autocast",
    "batch_input_shape",
    "batch_size",
    "bias_constraint",
    "bias_regularizer",
    "dtype",
    "input_dim",
    "kernel_constraint",
    "kernel_regularizer",
    "lora_alpha",
    "lora_rank",
    "max_value",
    "negative_slope",
    "quantization_config",
    "threshold",
    "weights",
)
