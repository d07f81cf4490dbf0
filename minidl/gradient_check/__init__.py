"""Proof that a `backward` is the derivative of its `forward`, in your layers too.

A wrong gradient still learns a bit, so nobody notices. These functions compare every
gradient with central differences and say what kind of mistake it is; `check_layer`
finds what else a layer can do wrong, too. One line in a test is enough:

    >>> from minidl.layers import Dense
    >>> def test_dense():
    ...     check_layer(Dense(2), (3,))
    >>> test_dense()
"""

from minidl.gradient_check.checks import check_layer, check_loss, check_model

__all__ = ["check_layer", "check_loss", "check_model"]
