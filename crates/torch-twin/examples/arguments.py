"""What the ports are told on the command line: `[TRACE] [THREADS] [STEPS]`."""

import sys

# The steps of which a trace holds everything.
RECORDED = (1, 2, 10, 50)

# Where a trace is written, if anywhere; threads among which an operation is shared out; steps of training.
trace, threads, steps = (*sys.argv[1:], None, None, None)[:3]
threads, steps = int(threads or 1), int(steps or 50)
