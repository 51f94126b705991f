#!/usr/bin/env python3
"""First and later contact with a builder, and status polls over the held channel, beside what an ssh client costs.

    Benchmarks/run host_contact [--rounds 5] [--polls 2000]

Every round has a fresh home behind an sshd on loopback: first contact uploads the supervisor. A rival's poll is a command (`true`).
"""

import argparse
import json
import os
import statistics
import subprocess
import time

from servers import ROOT, loopback

RELEASE = os.path.join(ROOT, ".build", "release")


def timed(command):
    start = time.monotonic()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - start


def shared(words, directory, polls):
    """Commands through a ControlMaster: seconds each."""
    socket = ["-o", f"ControlPath={directory}/m"]
    master = subprocess.Popen(
        words[:1] + socket + ["-o", "ControlMaster=yes"] + words[1:] + ["echo ready; exec cat"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    master.stdout.readline()
    client = words[:1] + socket + ["-o", "ControlMaster=no", "-o", "ProxyCommand=false"] + words[1:] + ["true"]
    times = [timed(client) for _ in range(polls)]
    master.stdin.close()
    master.wait()
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--polls", type=int, default=2000)
    options = parser.parse_args()
    rows = {"first": [], "later": [], "fresh": [], "p50": [], "p99": [], "shared": []}
    native = {"first": [], "later": [], "p50": [], "p99": []}
    with loopback(options.rounds) as up:
        for worker in up.workers:
            host, words = worker["host"], up.ssh(worker)
            rows["fresh"].append(statistics.median(timed(words + ["true"]) for _ in range(5)))
            probe = [
                os.path.join(RELEASE, "host-probe"), os.path.join(RELEASE, "codewhale-supervisor"),
                host["host"], str(host["port"]), host["user"], up.identity, up.known_hosts, str(options.polls),
            ]
            result = json.loads(subprocess.run(probe, check=True, capture_output=True, text=True).stdout)
            for name, value in result.items():
                rows[name].append(value)
            result = json.loads(subprocess.run(probe + ["libssh2"], check=True, capture_output=True, text=True).stdout)
            for name, value in result.items():
                native[name].append(value)
            rows["shared"].append(shared(words, up.directory, 50))
    size = os.path.getsize(os.path.join(RELEASE, "codewhale-supervisor")) / (1 << 20)
    median = {name: statistics.median(values) for name, values in rows.items()}
    print(f"contact with an sshd on loopback, medians of {options.rounds} rounds")
    print(f"  a command by a fresh ssh                {median['fresh'] * 1e3:8.1f} ms")
    print(f"  first contact, with {size:4.1f} MiB of upload   {median['first'] * 1e3:8.1f} ms")
    print(
        f"  later contact                           {median['later'] * 1e3:8.1f} ms "
        f"({(median['later'] - median['fresh']) * 1e3:+.1f} ms beside the fresh ssh)"
    )
    print(f"  a command through a ControlMaster       {median['shared'] * 1e3:8.3f} ms")
    print(
        f"  a status poll over the held channel     {median['p50'] * 1e3:8.3f} ms, p99 {median['p99'] * 1e3:.3f} ms: "
        f"{median['shared'] / median['p50']:.0f} times faster than that"
    )
    median |= {f"native {name}": statistics.median(values) for name, values in native.items()}
    # Its supervisor is there already.
    print(f"  contact over libssh2                    {median['native later'] * 1e3:8.1f} ms")
    print(
        f"  a status poll over libssh2              {median['native p50'] * 1e3:8.3f} ms, p99 {median['native p99'] * 1e3:.3f} ms: "
        f"{median['shared'] / median['native p50']:.0f} times faster than the ControlMaster's"
    )


main()
