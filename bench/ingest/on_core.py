"""``python -m bench.ingest.on_core N PROGRAM ARGUMENT…``: become PROGRAM, allowed to run on core N alone."""

import os
import sys


def pin(core: int | None) -> None:
    """This process and what it starts; None: wherever the kernel likes."""
    if core is not None:
        os.sched_setaffinity(0, {core})


if __name__ == "__main__":
    pin(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
