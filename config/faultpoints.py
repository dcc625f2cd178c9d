"""Places where tests and `manage.py chaos` make a process die or dawdle; nothing happens unless PRESSROOM_FAULT is set.

PRESSROOM_FAULT="call.sent:7:kill" kills the process (SIGKILL) the 7th time it passes call.sent;
PRESSROOM_FAULT="call.sent:*:sleep=0.5" sleeps half a second there every time. Several are separated by commas.
"""

import os
import signal
import time
from collections import Counter
from threading import Lock

_passes: Counter[str] = Counter()
_lock = Lock()


def faultpoint(name: str) -> None:
    """Pass a named place."""
    if faults := os.environ.get("PRESSROOM_FAULT"):
        _act(name, faults)


def _act(name: str, faults: str) -> None:
    with _lock:
        _passes[name] += 1
        passed = _passes[name]
    for fault in faults.split(","):
        place, count, action = fault.split(":")
        if place != name or count not in ("*", str(passed)):
            continue
        if action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            time.sleep(float(action.removeprefix("sleep=")))
