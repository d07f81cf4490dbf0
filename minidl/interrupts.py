"""Ctrl-C while a model trains: it interrupts between two steps, never within one."""

import signal
import threading
from types import FrameType
from typing import Self


class Interrupts:
    """Holds a Ctrl-C back for as long as it would leave things half done.

    While `held` is True a Ctrl-C is only noted, in `came`; who held it back raises the
    `KeyboardInterrupt` afterwards. A second Ctrl-C is not held back, in case what it
    waits for never ends.

    While this is entered, it takes the place of Python's own answer to Ctrl-C, and of
    no other, in the main thread, the only one that is interrupted.
    """

    held: bool
    came: bool

    def __init__(self) -> None:
        self.held = self.came = self._replaced = False

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

    def _note(self, number: int, frame: FrameType | None) -> None:
        if not self.held or self.came:
            raise KeyboardInterrupt
        self.came = True
