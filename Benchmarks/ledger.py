#!/usr/bin/env python3
"""`codewhale fleet status` on a ledger of a million records, with a snapshot and without, and a run of 10,000 tasks.

    Benchmarks/run ledger [--runs 1000] [--tasks-per-run 250] [--rounds 7]
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile

from local_tasks import CODEWHALE, ROOT, file_system, timed

GENERATOR = os.path.join(ROOT, ".build", "release", "ledger-generator")


def status(workspace, rounds):
    command = [CODEWHALE, "fleet", "status", "--workspace", workspace]
    results = [timed(command, stdout=subprocess.DEVNULL) for _ in range(rounds)]
    assert all(code == 0 for _, code, _ in results)
    return statistics.median(seconds for seconds, _, _ in results), max(memory for _, _, memory in results)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--tasks-per-run", type=int, default=250)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix=".build-benchmark-", dir=ROOT) as directory:
        workspace = os.path.join(directory, "history")
        os.mkdir(workspace)
        subprocess.run([CODEWHALE, "fleet", "init", "--workspace", workspace], check=True, stdout=subprocess.DEVNULL)
        ledger = os.path.join(workspace, ".codewhale", "fleet.jsonl")
        subprocess.run([GENERATOR, ledger, str(options.runs), str(options.tasks_per_run)], check=True)
        with open(ledger, "rb") as file:
            records = sum(1 for _ in file)
        size = os.path.getsize(ledger) / (1 << 20)
        print(f"a ledger of {records} records, {options.runs} ended runs and one live, {size:.0f} MiB, on "
              f"{file_system(workspace)}; medians of {options.rounds}")
        seconds, memory = status(workspace, options.rounds)
        print(f"  status without a snapshot (a replay of everything)  {seconds * 1000:8.0f} ms  {memory / 1024:6.1f} MiB resident")
        subprocess.run([GENERATOR, "--snapshot", workspace], check=True)
        seconds, memory = status(workspace, options.rounds)
        print(f"  status with a snapshot                              {seconds * 1000:8.0f} ms  {memory / 1024:6.1f} MiB resident")

        run = os.path.join(directory, "run")
        os.mkdir(run)
        spec = os.path.join(run, "tasks.json")
        with open(spec, "w") as file:
            json.dump([{"id": f"t{number}", "command": ["true"]} for number in range(10_000)], file)
        command = [CODEWHALE, "fleet", "run", spec, "--workspace", run, "--max-workers", "8"]
        seconds, code, memory = timed(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert code == 0
        print(f"  a run of 10,000 tasks: {10_000 / seconds:.0f} tasks/s, its manager {memory / 1024:.1f} MiB resident at most")


if __name__ == "__main__":
    main()
