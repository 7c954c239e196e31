"""Has `server.py`, which the caller has started, run what a Python is to run with these arguments."""

import json
import os
import signal
import socket
import sys
import time

server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
name = os.environ.get("NEXTEST_RUN_ID") or os.environ.get("WARM_PYTHON") or os.getppid()
for attempt in range(100):
    try:
        server.connect(f"\0warm-python-{name}")
        break
    except ConnectionRefusedError:  # It is bound, and about to listen.
        if attempt == 99:
            raise
        time.sleep(0.05)
request = json.dumps([os.getcwd(), dict(os.environ), sys.argv[1:]]).encode()
socket.send_fds(server, [request], [0, 1, 2])
status = server.recv(16).decode()
if not status:
    sys.exit("error: the Python that was to run this has died")
if int(status) < 0:
    signal.signal(-int(status), signal.SIG_DFL)
    os.kill(os.getpid(), -int(status))
sys.exit(int(status))
