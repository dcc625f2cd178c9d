"""What a job of stock RQ does in the control: it works a while, then leaves a line. No Django, no ledger."""

import os
import time


def work(number: int, seconds: float, file: str) -> None:
    """Work for so long, then write down that job `number` was done; one write, so that kills cannot tear it."""
    time.sleep(seconds)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(handle, b"%d\n" % number)
    finally:
        os.close(handle)
