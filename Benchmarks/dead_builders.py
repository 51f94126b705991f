#!/usr/bin/env python3
"""What builders that are dead or silent cost a run on the others.

    Benchmarks/run dead_builders [--live 16] [--dead 2] [--silent 2] [--tasks 200] [--seconds 1]

The same run is driven without them and with them: dead ones refuse connections, silent ones are paused containers.
"""

import argparse
import datetime
import json
import os
import subprocess
import tempfile
import time

from servers import fleet, servers


def drive(directory, name, workers, tasks, seconds):
    workspace = os.path.join(directory, name)
    os.mkdir(workspace)
    spec, file = os.path.join(directory, f"{name}.json"), os.path.join(directory, f"{name}-workers.json")
    with open(spec, "w") as out:
        json.dump([{"id": f"t{number}", "command": ["sleep", str(seconds)]} for number in range(tasks)], out)
    with open(file, "w") as out:
        json.dump(workers, out)
    start = time.monotonic()
    begin = datetime.datetime.now(datetime.timezone.utc)
    events = fleet(workspace, spec, file)
    took = time.monotonic() - start
    first = min(event["started_at"] for event in events if event["type"] == "attempt_started")
    wait = (datetime.datetime.fromisoformat(first.replace("Z", "+00:00")) - begin).total_seconds()
    return took, wait


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--live", type=int, default=16)
    parser.add_argument("--dead", type=int, default=2)
    parser.add_argument("--silent", type=int, default=2)
    parser.add_argument("--tasks", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=1)
    options = parser.parse_args()
    with servers(options.live + options.dead + options.silent) as up, tempfile.TemporaryDirectory() as directory:
        # The broken ones come first in the file, where they would be in the way most.
        broken, live = up.workers[: options.dead + options.silent], up.workers[options.dead + options.silent :]
        drive(directory, "upload", live, len(live), 0)
        for container in up.containers[: options.dead]:
            subprocess.run(["docker", "stop", "--time", "0", container], check=True, stdout=subprocess.DEVNULL)
        silent = up.containers[options.dead : options.dead + options.silent]
        for container in silent:
            subprocess.run(["docker", "pause", container], check=True, stdout=subprocess.DEVNULL)
        try:
            alone, first_alone = drive(directory, "alone", live, options.tasks, options.seconds)
            beside, first_beside = drive(directory, "beside", broken + live, options.tasks, options.seconds)
        finally:
            for container in silent:
                subprocess.run(["docker", "unpause", container], check=True, stdout=subprocess.DEVNULL)
    print(f"{options.tasks} tasks of {options.seconds:g} s over {options.live} live builders, 2 at a time each")
    print(f"  without others: {alone:.2f} s, the first task began after {first_alone:.2f} s")
    print(
        f"  beside {options.dead} dead and {options.silent} silent ones: {beside:.2f} s ({(beside / alone - 1) * 100:+.1f} %), "
        f"the first task began after {first_beside:.2f} s"
    )


main()
