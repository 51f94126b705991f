#!/usr/bin/env python3
"""SSH as codewhale speaks it, beside ssh, parallel-ssh, ssh2-python, asyncssh, paramiko and plain C on libssh2, in one run.

    Benchmarks/run ssh_rivals [--only polls,fleet,...] [--rounds 5] [--hosts 200] [--rate 2000] [--many 1000] [--json FILE]

Parts: polls (one host), fleet (many hosts at a rate), pushes, cold (many hosts that nothing is known of), callers (64 who
want one cold host), exec (8 channels), bulk, many (as many live hosts as the machine carries).

Hosts are ports of sshd on loopback. Contenders take turns within each round; figures are medians of the rounds. Every
client on a held channel asks the same supervisor the same question; the others have only a command, `true`.
"""

import argparse
import json
import sys
import tempfile

from rivals import parts
from rivals.contenders import Tools, machine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(parts.ALL), help="parts, with commas between")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--rate", type=int, default=2000, help="polls a second over all hosts")
    parser.add_argument("--seconds", type=int, default=5, help="for which hosts are polled, each time")
    parser.add_argument("--many", type=int, default=1000, help="hosts of the last part")
    parser.add_argument("--json", help="a file for all figures")
    options = parser.parse_args()
    names = options.only.split(",")
    if unknown := [name for name in names if name not in parts.ALL]:
        sys.exit(f"no part is called {', '.join(unknown)}; there are {', '.join(parts.ALL)}")

    with tempfile.TemporaryDirectory(prefix="codewhale-bench.") as directory:
        tools = Tools(directory)
        about = machine()
        print("\n".join(f"{name}: {value}" for name, value in {**about, **tools.versions()}.items()))
        result = {"machine": about, "versions": tools.versions(), "rounds": options.rounds, "parts": {}}
        for name in names:
            print(flush=True)
            result["parts"][name] = parts.ALL[name](tools, options)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(result, file, indent=1)


main()
