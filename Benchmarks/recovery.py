#!/usr/bin/env python3
"""How long `fleet resume` takes to find again what runs, over all builders.

    Benchmarks/run recovery [--tasks 1000] [--builders 10] [--rounds 5] [--transport libssh2] [--containers]

A run begins `sleep` everywhere, its manager is killed, and a new one takes over. Counted is from the start of the
process to the last builder's word of its attempts, as the workspace's logs of hosts have it (`found`). At the end all
is stopped.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import tempfile
import time

from servers import CODEWHALE, loopback, servers


def call(workspace, *words):
    result = subprocess.run(
        [CODEWHALE, "fleet", *words, "--workspace", workspace, "--json"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )
    if result.returncode != 0:
        raise AssertionError(f"codewhale {words[0]} ended with {result.returncode}: {result.stderr[-500:]}")
    return json.loads(result.stdout)


def run_of(workspace):
    return call(workspace, "status")["runs"][0]


def wait(what, seconds):
    deadline = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("it did not come about in time")
        time.sleep(0.05)


def found(workspace, since):
    """How many attempts the hosts have told of since a time, and when the last did."""
    count, last = 0, since
    hosts = os.path.join(workspace, ".codewhale", "fleet-host")
    for name in filter(lambda name: name.endswith(".log"), os.listdir(hosts)):
        with open(os.path.join(hosts, name)) as file:
            for line in file:
                entry = json.loads(line)
                moment = datetime.datetime.fromisoformat(entry["time"]).timestamp()
                if entry["event"] == "found" and moment >= since:
                    count += int(entry["detail"].split()[1])
                    last = max(last, moment)
    return count, last


def resumed(workspace, run, tasks, transport):
    """Kills what drives the run, and takes it over: the manager, and the seconds."""
    began = time.time()
    manager = subprocess.Popen(
        [CODEWHALE, "fleet", "resume", run, "--workspace", workspace, "--transport", transport, "--json"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    _, last = wait(lambda: (lambda all: all if all[0] >= tasks else None)(found(workspace, began)), 120)
    return manager, last - began


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=1_000)
    parser.add_argument("--builders", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--transport", default="libssh2")
    parser.add_argument("--containers", action="store_true", help="instead of servers on loopback")
    options = parser.parse_args()
    with (servers if options.containers else loopback)(options.builders) as up, tempfile.TemporaryDirectory() as directory:
        spec, workers = os.path.join(directory, "tasks.json"), os.path.join(directory, "workers.json")
        with open(spec, "w") as file:
            json.dump([{"id": f"t{number}", "command": ["sleep", "3600"]} for number in range(options.tasks)], file)
        slots = -(-options.tasks // options.builders)
        with open(workers, "w") as file:
            json.dump([{**worker, "max_concurrent_tasks": slots} for worker in up.workers], file)
        workspace = os.path.join(directory, "workspace")
        os.mkdir(workspace)
        manager = subprocess.Popen(
            [CODEWHALE, "fleet", "run", spec, "--workers", workers, "--workspace", workspace,
             "--transport", options.transport, "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            path = os.path.join(workspace, ".codewhale", "fleet.jsonl")
            wait(lambda: os.path.exists(path), 30)
            view = wait(
                lambda: (lambda view: view if view["tasks"]["running"] == options.tasks else None)(run_of(workspace)), 300
            )
            times = []
            for _ in range(options.rounds):
                manager.kill()
                manager.wait()
                manager, seconds = resumed(workspace, view["run_id"], options.tasks, options.transport)
                times.append(seconds)
            with open(f"/proc/{manager.pid}/status") as file:
                memory = next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024
            assert run_of(workspace)["tasks"]["running"] == options.tasks
            print(
                f"{options.tasks} attempts on {options.builders} builders over {options.transport}: found again "
                f"{statistics.median(times):.2f} s after the start of resume ({min(times):.2f}-{max(times):.2f}, "
                f"{options.rounds} rounds); the manager's memory {memory:.0f} MiB"
            )
        finally:
            call(workspace, "stop", "--all")
            manager.kill()
            manager.wait()


if __name__ == "__main__":
    main()
