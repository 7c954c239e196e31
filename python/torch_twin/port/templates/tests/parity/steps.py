"""The steps of main.rs in Python: writes a trace of each run, which Rust has to equal."""

import os
import sys

try:
    from torch_twin.port import parity
    from torch_twin.port.parity import Dynamic
except ModuleNotFoundError as error:
    sys.exit(f"error: {error}: @install@")

os.chdir(os.path.dirname(os.path.abspath(__file__)))
parity.record(
    @spec@,
    inputs=@inputs@,
    inputs_file=@inputs_file@,
    dynamic=@dynamic@,
)
