"""Starts a program that dies with whoever started it: `python -I -S leash.py SIGNAL PARENT UID PROGRAM ARGS…`.

Run as a file of its own, never imported: between fork and exec of a process with threads, Python code is not safe.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    signal_number, parent, uid = (int(argument) for argument in sys.argv[1:4])
    command = sys.argv[4:]
    if uid >= 0:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    # After setuid, because the kernel forgets the request when the user changes.
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:
        sys.exit("Whoever started this is gone already.")
    os.execvp(command[0], command)  # noqa: S606  # there is no shell to want: the command comes from our own code


main()
