"""Measures in this process, which `run.py` starts with its threads set.

python measure.py '{"threads": 1, ...}' records.json
"""

import json
import signal
import sys
from pathlib import Path

import curves
import inference
import memory
import training
import whole
from timing import Options, Record

MODULES = {
    module.SECTION: module for module in (training, inference, whole, memory, curves)
}


def main() -> None:
    """Measure what the first argument says, and write the records into the second."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # run.py says that it was interrupted
    options = Options(**json.loads(sys.argv[1]))
    records: list[Record] = []
    for section in options.sections:
        print(f"{section}, {options.threads} thread(s)", flush=True)
        records += MODULES[section].run(options)
    text = json.dumps([record.to_json() for record in records])
    Path(sys.argv[2]).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
