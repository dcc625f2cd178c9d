"""The control of I2: the same publications and kills, and a dispatcher that knows nothing of its intents."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from desk.trials.chaos import leaving
from desk.trials.chaos.reporting import Report
from desk.trials.chaos.running import Say, own
from desk.trials.stack import ROOT, Stack

COUNT, KILLS = 6, 4
ONE_AT_A_TIME = json.dumps({"social-posting": {"concurrency": 1, "per_minute": 0}})
ORDER = f"""
from accounts.models import Tenant, User
from publishing import connecting, ordering
from publishing.orders import PublicationOrder
who = dict(tenant=Tenant.objects.get(slug="demo"), user=User.objects.get(username="demo"))
account = connecting.connect(*who.values(), platform="offline", name="Wall", credentials={{"behaves": "blind"}})
for number in range({COUNT}):
    order = {{"account_id": account.pk, "text": f"Post {{number}}"}}
    ordering.publish(PublicationOrder.model_validate(order), **who)
"""


def run(like: Stack, folder: Path, *, database: str, say: Say) -> Report:
    """Kill workers after the wall took a post, on a blind account; the report says how many hang there twice."""
    begun = time.monotonic()
    report = Report("Pressroom without its ledger (control)", database, 0, 1)
    stack = own(type(like)(folder / f"{database}-forgetful", like))
    say(f"The control on {database}: {COUNT} publications, {KILLS} kills, no ledger of intents.")
    try:
        stack.start_valkey()
        stack.manage("shell", "--no-imports", "-c", ORDER)
        for _each in range(KILLS):
            worker = _worker(stack, PRESSROOM_FAULT="wall.taken:1:kill")
            if worker.wait(60) == -signal.SIGKILL:
                report.faults["worker killed"] = report.faults.get("worker killed", 0) + 1
        _worker(stack)
        stack.wait_for(lambda: stack.sql(leaving.PENDING)[0][0] == 0, 90)
        left = leaving.read(stack, [], [], report.faults)
    finally:
        stack.close()
    report.accepted, report.duplicates = len(left.states), left.duplicates
    report.states = dict(Counter(state for _kind, state in left.states.values()))
    report.figures = {"published on the wall": left.per_class()}
    report.seconds = time.monotonic() - begun
    if not left.duplicates:
        report.broken = ["The control published nothing twice: its kills prove nothing."]
    return report


def _worker(stack: Stack, **env: str) -> "subprocess.Popen[bytes]":
    with (stack.var_dir / "forgetful.log").open("ab") as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "desk.trials.chaos.forgetful"],
            cwd=ROOT,
            env={**stack.env, "QUEUE_LIMITS": ONE_AT_A_TIME, **env},
            stdout=log,
            stderr=log,
        )
    stack.children.append(worker)
    return worker
