"""The keyword arguments that every layer takes."""

from typing import TypedDict

from minidl.types import Shape


class LayerOptions(TypedDict, total=False):
    """The keyword arguments that every layer takes and hands on to `Layer`."""

    name: str | None
    trainable: bool
    input_shape: Shape | None


OPTIONS = tuple(LayerOptions.__annotations__)

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
    "input_dim",
    "lora_alpha",
    "lora_rank",
    "quantization_config",
    "renorm",
    "renorm_clipping",
    "renorm_momentum",
    "synchronized",
    "weights",
)
