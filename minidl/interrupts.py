"""Ctrl-C while a model trains: it interrupts between two steps, never within one."""

import signal
import threading
from types import FrameType
from typing import Self


class Interrupts:
    """Holds a Ctrl-C back for as long as it would leave things half done.

    From `held = True` to `release()` a Ctrl-C is only noted; `release` then raises the
    `KeyboardInterrupt`. A second Ctrl-C is not held back, in case that what it waits
    for never ends.

    While this is entered, it takes the place of Python's own answer to Ctrl-C, and of
    no other, in the main thread, the only one that is interrupted.
    """

    held: bool
    _came: bool

    def __init__(self) -> None:
        self.held = self._came = self._replaced = False

    def __enter__(self) -> Self:
        usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if usual and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._note)
            self._replaced = True
        return self

    def __exit__(self, *error: object) -> None:
        if self._replaced:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._replaced = False

    def release(self) -> None:
        """Hold nothing back any more."""
        self.held = False
        if self._came:
            self._came = False
            raise KeyboardInterrupt

    def _note(self, number: int, frame: FrameType | None) -> None:
        if not self.held or self._came:
            raise KeyboardInterrupt
        self._came = True
