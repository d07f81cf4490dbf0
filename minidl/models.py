"""Models and their files, under the address that they have in Keras."""

from minidl.saving import load_model, save_model
from minidl.sequential import Sequential

__all__ = ["Sequential", "load_model", "save_model"]
