#!/usr/bin/env python3
"""Whole local tasks a second, codewhale beside its rivals, in one run and one directory; ratios are what counts.

    Benchmarks/run local_tasks [--tasks 2000] [--jobs 8] [--rounds 5] [--directory DIR]

codewhale writes every decision to its ledger before acting on it, and keeps a log and a receipt of every attempt.
HyperQueue keeps the output of every task in files. GNU parallel writes its job log.
xargs keeps nothing: it is the floor of what starting processes costs.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CODEWHALE = os.path.join(ROOT, ".build", "release", "codewhale")


def timed(arguments, **options):
    """Runs a command to its end, and gives seconds of wall time and the largest resident memory in KiB."""
    start = time.monotonic()
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - start, process.returncode, usage.ru_maxrss


class Codewhale:
    name = "codewhale fleet run (ledger, log and receipt)"

    def __init__(self, directory, tasks, jobs):
        self.directory, self.jobs, self.round = directory, jobs, 0
        self.spec = os.path.join(directory, "tasks.json")
        self.memory = 0
        with open(self.spec, "w") as file:
            json.dump([{"id": f"t{number}", "command": ["true"]} for number in range(tasks)], file)

    def run(self):
        self.round += 1
        workspace = os.path.join(self.directory, f"workspace-{self.round}")
        os.mkdir(workspace)
        command = [CODEWHALE, "fleet", "run", self.spec, "--workspace", workspace, "--max-workers", str(self.jobs)]
        seconds, code, memory = timed(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.memory = max(self.memory, memory)
        assert code == 0, f"codewhale ended with {code}"
        return seconds

    def close(self):
        print(f"  codewhale's manager: {self.memory / 1024:.1f} MiB resident at most")


class HyperQueue:
    name = "HyperQueue (output files, no journal)"

    def __init__(self, directory, tasks, jobs):
        script = os.path.join(ROOT, "Benchmarks", "hyperqueue_tasks.py")
        command = [sys.executable, script, str(tasks), str(jobs), os.path.join(directory, "server")]
        self.process = subprocess.Popen(
            command, cwd=directory, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def run(self):
        self.process.stdin.write("again\n")
        self.process.stdin.flush()
        # The cluster writes tables about itself beside it.
        for line in self.process.stdout:
            if line.startswith("seconds "):
                return float(line.split()[1])
        raise AssertionError("the cluster ended before its tasks")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Parallel:
    name = "GNU parallel --joblog"

    def __init__(self, directory, tasks, jobs):
        self.directory, self.jobs = directory, jobs
        self.input = os.path.join(directory, "numbers")
        with open(self.input, "w") as file:
            file.writelines(f"{number}\n" for number in range(tasks))

    def run(self):
        log = os.path.join(self.directory, "joblog")
        command = ["parallel", "--will-cite", f"-j{self.jobs}", "--joblog", log, "-a", self.input, "true"]
        seconds, code, _ = timed(command, cwd=self.directory, stdout=subprocess.DEVNULL)
        assert code == 0, f"parallel ended with {code}"
        return seconds

    def close(self):
        pass


class Xargs:
    name = "xargs -P sh -c true (the floor: no log, no record)"

    def __init__(self, directory, tasks, jobs):
        self.jobs = jobs
        self.numbers = "".join(f"{number}\n" for number in range(tasks)).encode()

    def run(self):
        start = time.monotonic()
        command = ["xargs", f"-P{self.jobs}", "-n1", "sh", "-c", "true"]
        subprocess.run(command, input=self.numbers, check=True)
        return time.monotonic() - start

    def close(self):
        pass


def file_system(directory):
    output = subprocess.run(["stat", "-f", "-c", "%T", directory], capture_output=True, text=True)
    return output.stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--directory", default=ROOT, help="where a temporary directory is made for all contenders")
    options = parser.parse_args()
    if not os.access(CODEWHALE, os.X_OK):
        sys.exit("build it first: swift build -c release")

    with tempfile.TemporaryDirectory(prefix=".build-benchmark-", dir=options.directory) as directory:
        print(
            f"{options.tasks} local `true` tasks, {options.jobs} at a time, {options.rounds} rounds, "
            f"{os.cpu_count()} cores, all in one directory on {file_system(directory)}"
        )
        contenders = []
        for kind in [Codewhale, HyperQueue, Parallel, Xargs]:
            place = os.path.join(directory, kind.__name__.lower())
            os.mkdir(place)
            contenders.append(kind(place, options.tasks, options.jobs))
        rates = {contender.name: [] for contender in contenders}
        # In turn, so that what the machine does beside hits all alike.
        for number in range(options.rounds + 1):
            for contender in contenders:
                rate = options.tasks / contender.run()
                if number > 0:
                    rates[contender.name].append(rate)
        own = statistics.median(rates[Codewhale.name])
        print(f"  {'':52} {'tasks/s':>8} {'min':>8} {'max':>8} {'codewhale is':>13}")
        for name, values in rates.items():
            median = statistics.median(values)
            print(f"  {name:52} {median:8.0f} {min(values):8.0f} {max(values):8.0f} {own / median:11.2f} x")
        for contender in contenders:
            contender.close()


if __name__ == "__main__":
    main()
