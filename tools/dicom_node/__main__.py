"""Stores thousands of plans at a node, then lets a hundred senders queue for it.

    python -m tools.dicom_node [STORES]

Prints the node's memory every 500 stores, and how long the queue took. Fails if memory grows by
more than a tenth after the first 1000, or if anyone is not served.
"""

import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.elekta_plans import encoded, good_plan, long_arc
from tools.dicom_node.process import NodeProcess, associated, running_node

STORES, STEP = 5000, 500
PER_ASSOCIATION = 50
SENDERS = 100
SENDS_OF_A_PLAN = 900
"""A console takes a plan 999 times (Note V)."""
ALLOWED_GROWTH = 1.1
_POINTS = 24


def main() -> None:
    """Run both."""
    stores = int(sys.argv[1]) if len(sys.argv) > 1 else STORES
    with tempfile.TemporaryDirectory() as name, running_node(Path(name)) as node:
        plans = _plans(Path(name), stores)
        memory = _fill(node, plans, stores)
        after = _queue(node, plans[-1])
    settled = memory[1 if len(memory) > 1 else 0]
    worst = max(*memory, after)
    if worst > ALLOWED_GROWTH * settled:
        sys.exit(f"memory grew from {settled:.1f} to {worst:.1f} MB")


def _plans(folder: Path, stores: int) -> list[Path]:
    """Write a plan for each so many stores, and one for the queue."""
    paths = []
    for k in range(stores // SENDS_OF_A_PLAN + 2):
        plan = long_arc(good_plan(), _POINTS)
        plan.RTPlanLabel = f"PLAN {k}"
        paths.append(folder / f"{k}.dcm")
        paths[-1].write_bytes(encoded(plan))
    return paths


def _fill(node: NodeProcess, plans: list[Path], stores: int) -> list[float]:
    """Store one after another; return MB after each `STEP`."""
    memory = []
    began_s = time.perf_counter()
    for first in range(0, stores, PER_ASSOCIATION):
        association = associated(node.port)
        for k in range(first, min(first + PER_ASSOCIATION, stores)):
            _check(association.send_c_store(plans[k // SENDS_OF_A_PLAN]).get("Status"))
        association.release()
        done = first + PER_ASSOCIATION
        if done % STEP == 0:
            memory.append(node.resident_mb)
            took_s = time.perf_counter() - began_s
            print(f"{done:6} stores  {memory[-1]:7.1f} MB  {took_s:6.1f} s", flush=True)
    return memory or [node.resident_mb]


def _queue(node: NodeProcess, plan: Path) -> float:
    """Let all senders ask at once; return MB afterwards."""
    served: list[None] = []

    def send() -> None:
        association = associated(node.port)
        _check(association.send_c_store(plan).get("Status"))
        association.release()
        served.append(None)

    began_s = time.perf_counter()
    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took_s = time.perf_counter() - began_s
    print(f"{len(served)} of {SENDERS} queued senders served in {took_s:.1f} s")
    if len(served) < SENDERS:
        sys.exit("not all were served")
    return node.resident_mb


def _check(status: int | None) -> None:
    if status != 0x0000:
        raise RuntimeError(f"answered {status}")


if __name__ == "__main__":
    main()
