"""The programs that are measured, how one is run, and what they and the machine are."""

import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys

from rivals.hosts import RELEASE, ROOT

PROBE = os.path.join(RELEASE, "ssh-probe")
CLIENTS = os.path.join(ROOT, "Benchmarks", "rivals", "clients")


class Tools:
    """The clients, of which those in C are compiled here."""

    def __init__(self, directory):
        self.directory = directory
        source = os.path.join(ROOT, "Benchmarks", "c-poll")
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libssh2"], check=True, capture_output=True, text=True)
        for program, names, libraries in [
            ("c-poll", ["main", "connection", "frames", "polls", "commands"], flags.stdout.split()),
            ("echo", ["echo"], []),
            ("ender", ["ender"], []),
        ]:
            files = [os.path.join(source, name + ".c") for name in names]
            command = ["cc", "-O2", "-std=gnu11", "-Wall", "-Werror", "-o", self.path(program), *files, *libraries]
            subprocess.run(command, check=True)

    def path(self, program):
        return os.path.join(self.directory, program)

    def ours(self, *words):
        return [PROBE, None, *words]

    def plain(self, *words):
        return [self.path("c-poll"), None, *words]

    def python(self, client, *words):
        return [sys.executable, os.path.join(CLIENTS, client + ".py"), None, *words]

    def versions(self):
        def said(*command):
            result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
            return (result.stdout or result.stderr).strip()

        found = {name: importlib.metadata.version(name) for name in ["asyncssh", "parallel-ssh", "paramiko", "ssh2-python"]}
        return {
            "codewhale": said("git", "describe", "--always", "--dirty"),
            "libssh2": said("pkg-config", "--modversion", "libssh2"),
            "ssh": said("ssh", "-V"), "Python": platform.python_version(), **found,
        }


def machine():
    with open("/proc/cpuinfo") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) / (1 << 20)
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        system = platform.system()
    return {
        "machine": f"{os.cpu_count()} cores, {models[0] if models else platform.machine()}, {memory:.0f} GiB",
        "system": f"{system}, Linux {platform.release()}",
    }


def measure(command, hosts_file, hosts=None):
    """Runs a client, and gives its figures; with `hosts`, what the servers used meanwhile, too."""
    command = [hosts_file if word is None else word for word in command]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if not process.stdout.readline():
            raise AssertionError(f"{' '.join(command)} was not ready")
        before = hosts.usage() if hosts else None
        process.stdin.write("\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            raise AssertionError(f"{' '.join(command)} gave no figures")
        figures = json.loads(line)
        if hosts:
            after = hosts.usage()
            figures["server_cpu_seconds"] = after[0] - before[0]
            figures["server_memory"] = after[1]
        process.stdin.write("\n")
        process.stdin.close()
        if process.wait() != 0:
            raise AssertionError(f"{' '.join(command)} ended with {process.returncode}")
        return figures
    finally:
        process.kill()
        process.wait()


def rounds(contenders, count, run):
    """Lets contenders take turns; gives the median of every figure, by contender, but of misses the worst round."""
    worst = {"missed": max, "served": min}
    figures = {name: [] for name in contenders}
    for _ in range(count):
        for name, contender in contenders.items():
            figures[name].append(run(contender))
    return {
        name: {
            key: worst.get(key, statistics.median)([one[key] for one in all_of_it]) for key in all_of_it[0]
        }
        for name, all_of_it in figures.items()
    }
