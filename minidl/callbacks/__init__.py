"""What watches a model, and may act, while it trains.

`callback.py` tells what a callback is and how to write your own.
"""

from minidl.callbacks.callback import Callback
from minidl.callbacks.history import History
from minidl.callbacks.rates import LearningRateScheduler, ReduceLROnPlateau
from minidl.callbacks.reporting import CSVLogger, LambdaCallback
from minidl.callbacks.saving import BackupAndRestore, ModelCheckpoint
from minidl.callbacks.stopping import EarlyStopping, TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]
