"""Runs for `call.py` what a fresh Python would, in forks of a process that has imported torch.

The import takes longer than most scripts of the tests run. A fork has the caller's folder, environment, streams and
arguments, and nothing of the scripts before it. The server ends with the process that owns it.
"""

import errno
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import traceback
import types
from pathlib import Path

LONGEST_REQUEST = 1 << 20


def main(name, owner):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        server.bind(f"\0{name}")
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        # Another test has started one at the same moment.
        print("listening", flush=True)
        return
    server.listen(64)
    print("listening", flush=True)
    owner = os.pidfd_open(int(owner))
    import_torch()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while owner not in select.select([server, owner], [], [])[0]:
        connection, _ = server.accept()
        if os.fork() == 0:
            server.close()
            leave(answer, connection)
        connection.close()


def import_torch():
    import safetensors.torch  # noqa: F401
    import torch
    import torch._dynamo  # An optimiser imports it, and that takes as long as torch itself.
    import torchvision  # noqa: F401

    # MKL detects the processor here and not in a fork, where several threads may do so at once: docs/mkl-race.md.
    torch.tanh(torch.zeros(1))


def answer(connection):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    request, streams, _, _ = socket.recv_fds(connection, LONGEST_REQUEST, 3)
    folder, environment, arguments = json.loads(request)
    script = os.fork()
    if script != 0:
        _, status = os.waitpid(script, 0)
        connection.send(str(os.waitstatus_to_exitcode(status)).encode())
        return
    connection.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    leave(run, arguments)


def leave(function, *arguments):
    """Ends the process as a Python ends after a program, but leaves the torch that it has imported standing.

    To take that down takes longer than most scripts run.
    """
    status = 0
    try:
        function(*arguments)
    except SystemExit as error:
        status = error.code
        if not isinstance(status, int | None):
            print(status, file=sys.stderr)
            status = 1
    except BaseException:  # noqa: BLE001  # As the interpreter does, of which this is the last line.
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status or 0)


def run(arguments):
    first, *rest = arguments
    sys.dont_write_bytecode = True
    if first == "-B":
        run(rest)
    elif first == "-c":
        program, *rest = rest
        sys.argv = ["-c", *rest]
        sys.path[0] = ""
        sys.modules["__main__"] = types.ModuleType("__main__")
        exec(compile(program, "<string>", "exec"), vars(sys.modules["__main__"]))  # noqa: S102
    else:
        sys.argv = arguments
        sys.path[0] = str(Path(first).resolve().parent)
        runpy.run_path(first, run_name="__main__")


main(*sys.argv[1:])
