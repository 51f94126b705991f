#!/usr/bin/env python3
"""The native transport for long: nothing lost or done twice under rekeying, no leak, no error of memory.

    Benchmarks/run soak [--commands 10000] [--connects 10000] [--reconnects 2000] [--channels 100000] [--rounds 3] [--only PART]

The parts, each over an sshd on loopback:
  commands  eight channels of one connection, RekeyLimit 1M: each command adds its number to a file and gives it back
  connects  connections that are made, used once and closed; memory and descriptors at intervals
  reconnects  connections of one pool, each ended by the host; the same
  channels  commands on one connection; the same
  memcheck  all that may go well or wrong, under valgrind; --without-memcheck where that cannot be had
It ends with 1 where a part finds something.
"""

import argparse
import os
import shutil
import subprocess
import sys

from servers import ROOT, loopback

SOAK = os.path.join(ROOT, ".build", "release", "soak")
SUPPRESSIONS = os.path.join(ROOT, "Benchmarks", "Soak", "valgrind.supp")


def soak(mode, count, servers, file="-", wrapper=(), program=SOAK):
    """Runs the program on the first of the servers; whether it found nothing."""
    host = servers.workers[0]["host"]
    words = [mode, host["host"], str(host["port"]), host["user"], host["identity"], host["known_hosts"], str(count), file]
    return subprocess.run([*wrapper, program, *words], stdin=subprocess.DEVNULL).returncode == 0


def commands(options):
    with loopback(1, {"RekeyLimit": "1M", "LogLevel": "DEBUG1", "MaxSessions": 10}) as servers:
        good = soak("commands", options.commands, servers, os.path.join(servers.directory, "numbers"))
        with open(os.path.join(servers.directory, "sshd-0.log")) as file:
            rekeyed = sum("rekeying" in line for line in file)
        print(f"commands: the server noted {rekeyed} times that keys were exchanged anew")
        return good and rekeyed > 0


def connects(options):
    with loopback(1, {"MaxStartups": "1000"}) as servers:
        return soak("connects", options.connects, servers)


def reconnects(options):
    with loopback(1, {"MaxStartups": "1000"}) as servers:
        return soak("reconnects", options.reconnects, servers)


def channels(options):
    with loopback(1, {}) as servers:
        return soak("channels", options.channels, servers)


def memcheck(options):
    if not shutil.which("valgrind"):
        print("memcheck: valgrind is not installed; --without-memcheck leaves the part out")
        return False
    with loopback(1, {"MaxStartups": "1000"}) as servers:
        stranger = os.path.join(servers.directory, "stranger")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", stranger], check=True)
        # Valgrind does not read the newest form of debugging information, and gives up over it.
        program = os.path.join(servers.directory, "soak")
        subprocess.run(["strip", "--strip-debug", "-o", program, SOAK], check=True)
        wrapper = [
            "valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite", "--num-callers=30", f"--suppressions={SUPPRESSIONS}",
        ]
        return soak("mixed", options.rounds, servers, stranger, wrapper, program)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--commands", type=int, default=10_000)
    parser.add_argument("--connects", type=int, default=10_000)
    parser.add_argument("--reconnects", type=int, default=2_000)
    parser.add_argument("--channels", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-memcheck", action="store_true")
    parser.add_argument("--only", choices=["commands", "connects", "reconnects", "channels", "memcheck"])
    options = parser.parse_args()
    parts = [part for part in (commands, memcheck, connects, reconnects, channels) if options.only in (None, part.__name__)]
    if options.without_memcheck:
        parts = [part for part in parts if part is not memcheck]
    faults = [part.__name__ for part in parts if not part(options)]
    sys.exit(f"soak: {', '.join(faults)} found something" if faults else 0)


main()
