#!/usr/bin/env python3
"""Whole tasks a second over ssh builders, codewhale beside its rivals, in one run on the same servers.

    Benchmarks/run builder_tasks [--tasks 200] [--builders 10] [--jobs 2] [--rounds 3] [--containers]

Connects are counted, the first upload of codewhale's supervisor is not: a run before the first round brings it there.
GNU parallel opens a connection for every task; ssh behind xargs is the same without any bookkeeping.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

from servers import fleet, loopback, servers


def codewhale(up, directory, tasks, jobs, transport="system", state={"round": 0}):
    state["round"] += 1
    workspace = os.path.join(directory, f"workspace-{state['round']}")
    os.mkdir(workspace)
    spec, workers = os.path.join(directory, "tasks.json"), os.path.join(directory, "workers.json")
    with open(spec, "w") as file:
        json.dump([{"id": f"t{number}", "command": ["true"]} for number in range(tasks)], file)
    with open(workers, "w") as file:
        json.dump([{**worker, "max_concurrent_tasks": jobs} for worker in up.workers], file)
    start = time.monotonic()
    fleet(workspace, spec, workers, "--transport", transport)
    return time.monotonic() - start


def native(up, directory, tasks, jobs):
    return codewhale(up, directory, tasks, jobs, "libssh2")


def parallel(up, directory, tasks, jobs):
    command = ["parallel", "--will-cite", "--joblog", os.path.join(directory, "joblog")]
    for worker in up.workers:
        words = up.ssh(worker)
        command += ["--sshlogin", f"{jobs}/{' '.join(words)}"]
    numbers = "\n".join(str(number) for number in range(tasks))
    start = time.monotonic()
    subprocess.run(
        command + ["true {}"], input=numbers, text=True, check=True, env={**os.environ, "HOME": directory},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    return time.monotonic() - start


def xargs(up, directory, tasks, jobs):
    lines = []
    for number in range(tasks):
        lines.append(" ".join(up.ssh(up.workers[number % len(up.workers)])) + " true")
    start = time.monotonic()
    subprocess.run(
        ["xargs", "-P", str(jobs * len(up.workers)), "-I", "{}", "sh", "-c", "exec {} </dev/null"],
        input="\n".join(lines), text=True, check=True, stderr=subprocess.DEVNULL,
    )
    return time.monotonic() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--builders", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--containers", action="store_true", help="instead of servers on loopback")
    options = parser.parse_args()
    contenders = {
        "codewhale fleet run (ledger, log and receipt)": codewhale,
        "codewhale fleet run --transport libssh2": native,
        "GNU parallel --sshlogin --joblog": parallel,
        "xargs, an ssh a task (keeps nothing)": xargs,
    }
    with (servers if options.containers else loopback)(options.builders) as up, tempfile.TemporaryDirectory() as directory:
        codewhale(up, directory, options.builders, options.jobs)
        rates = {name: [] for name in contenders}
        for _ in range(options.rounds):
            for name, contender in contenders.items():
                rates[name].append(options.tasks / contender(up, directory, options.tasks, options.jobs))
    print(
        f"{options.tasks} `true` tasks over {options.builders} {'containers' if options.containers else 'sshds on loopback'}, {options.jobs} at a time each; "
        f"tasks a second, median of {options.rounds} rounds (least-most)"
    )
    own, other = [statistics.median(values) for values in list(rates.values())[:2]]
    for name, values in rates.items():
        median = statistics.median(values)
        print(f"  {name:48} {median:7.1f} ({min(values):.1f}-{max(values):.1f})  codewhale's is {own / median:.2f} times, with libssh2 {other / median:.2f}")


main()
