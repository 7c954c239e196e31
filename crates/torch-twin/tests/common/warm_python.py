"""Runs scripts in forks of a process that has imported torch, which takes longer than most of them run.

A request is a line on standard input: a JSON list of a file for standard output, one for standard error, the script
and its arguments. The answer is a line with the script's exit status. A fork has nothing of the scripts before it.
"""

import json
import os
import runpy
import sys
from pathlib import Path

import safetensors.torch  # noqa: F401
import torch
import torch._dynamo  # noqa: F401  # An optimiser imports it, and that takes as long as the rest.


def main():
    for line in sys.stdin:
        output, errors, *command = json.loads(line)
        child = os.fork()
        if child == 0:
            # What it raises ends the fork as it would end `python script`.
            run(output, errors, command)
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def run(output, errors, command):
    for stream, path in ((1, output), (2, errors)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream)
    sys.argv = command
    sys.path[0] = str(Path(command[0]).parent)
    sys.dont_write_bytecode = True
    runpy.run_path(command[0], run_name="__main__")


main()
