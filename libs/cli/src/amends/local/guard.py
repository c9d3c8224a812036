"""The guard: a tiny process between us and one server, so that the server never outlives us.

Run as a script, by `process.py`. Why a process and not only PR_SET_PDEATHSIG in the server: that signal belongs to the
*thread* that forked, is cleared when the uid changes, exists on Linux alone and reaches one process, not PostgreSQL's
children. The guard has one thread for its whole life and holds the read end of a pipe whose write end only the owner
has. The kernel closes that end however the owner dies, SIGKILL included, and the guard then stops the server.

- It is the server's parent: only it sends signals, and never to a pid that was reaped and given to somebody else.
- It leads its own session: a Ctrl-C in the terminal reaches the owner alone, who stops the parts in order.
- It adopts orphans (Linux): when a killed postmaster leaves backends behind, it kills those too before it exits.
  So the guard's end means that nothing of the server is left.
- Should the guard itself be killed, PR_SET_PDEATHSIG takes the server along (Linux).

Arguments: uid, gid (-1: keep ours), stop signal, seconds of grace, working directory, then the server's command line.
Standard input: the pipe; "s" = stop signal, "k" = SIGKILL, its end = stop signal and, after the grace, SIGKILL.
Standard output: the server's pid, one line. Standard error: the log, also for the server. Exit: the server's code.
"""

import contextlib
import os
import select
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes  # first in the guard itself: the other user may not be able to read it

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def become(uid: int, gid: int, directory: str, command: list[str], guard: int) -> None:
    """In the forked child: turn into the server. Does not return; says why on standard error when it cannot."""
    try:
        os.setsid()
        if uid >= 0:
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # after the change of uid, which would clear it
        if os.getppid() != guard:
            os._exit(125)
        os.chdir(directory)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.execv(command[0], command)  # noqa: S606 - a shell is the last thing wanted here
    except OSError as error:
        print(f"cannot run {command[0]}: {error}", file=sys.stderr, flush=True)
    os._exit(127)


def watch(server: int, stop_signal: int, grace: float, woken: int) -> int:
    """Obey the pipe until the server ends; return its exit code, 128 + n for signal n."""
    listening, kill_at = [0, woken], float("inf")
    while True:
        ended, status = os.waitpid(server, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        left = kill_at - time.monotonic()
        if left <= 0:
            os.kill(server, signal.SIGKILL)
            kill_at = left = float("inf")
        ready = select.select(listening, [], [], None if left == float("inf") else left)[0]
        if woken in ready:
            os.read(woken, 512)
        if 0 in ready:
            order = os.read(0, 1)
            os.kill(server, signal.SIGKILL if order == b"k" else stop_signal)
            if not order:  # the owner is gone
                listening.remove(0)
                kill_at = time.monotonic() + grace


def children() -> list[int]:
    found = []
    for name in os.listdir("/proc") if sys.platform == "linux" else []:
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == os.getpid():
            found.append(int(name))
    return found


def end_orphans() -> None:
    """Kill and reap whatever the server left behind, until nothing is left."""
    while True:
        for pid in children():
            os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def main(arguments: list[str]) -> int:
    uid, gid, stop_signal, grace, directory, *command = arguments
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the pipe alone gives orders
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    started, starting = os.pipe()  # closed by exec: from then on a stop signal means what the server makes of it
    guard, server = os.getpid(), os.fork()
    if server == 0:
        become(int(uid), int(gid), directory, command, guard)
    os.close(starting)
    os.read(started, 1)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    with contextlib.suppress(BrokenPipeError):  # an owner that is gone already shows as the end of the pipe
        os.write(1, b"%d\n" % server)
    os.close(1)
    code = watch(server, int(stop_signal), float(grace), woken)
    end_orphans()
    return code


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))  # standard output is closed: nothing to flush
