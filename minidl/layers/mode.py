"""Whether layers are being trained, told to a layer and to all that are in it."""

from minidl.layers.layer import Layer


def set_mode(layer: Layer, training: bool, frozen: bool = False) -> None:
    """Say whether `fit` runs a layer, and whether something that holds it is frozen."""
    layer.training = training
    layer.frozen = frozen or not layer.trainable
    for part in layer.sublayers:
        set_mode(part, training, layer.frozen)
