"""Containers that serve ssh, for the benchmarks over builders; see Docker/README.md."""

import contextlib
import json
import os
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CODEWHALE = os.path.join(ROOT, ".build", "release", "codewhale")


class Servers:
    """Servers that are up, and how they are reached."""

    def __init__(self, directory):
        self.directory = directory
        self.file = os.path.join(directory, "workers.json")
        with open(self.file) as file:
            self.workers = json.load(file)
        with open(os.path.join(directory, "containers")) as file:
            self.containers = [line.split()[0] for line in file]
        self.identity = os.path.join(directory, "id_ed25519")
        self.known_hosts = os.path.join(directory, "known_hosts")

    def ssh(self, worker):
        """The command line of an ssh client to a worker, without a command."""
        host = worker["host"]
        return [
            "ssh", "-F", "none", "-T", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes",
            "-i", self.identity, "-o", f"UserKnownHostsFile={self.known_hosts}", "-p", str(host["port"]),
            f"{host['user']}@{host['host']}",
        ]


@contextlib.contextmanager
def servers(count):
    """Starts servers, and takes them down at the end."""
    subprocess.run([os.path.join(ROOT, "Docker", "engine")], check=True, stdout=subprocess.DEVNULL)
    directory = tempfile.mkdtemp(prefix="codewhale-bench.")
    script = os.path.join(ROOT, "Docker", "servers")
    subprocess.run(
        [script, "up", "--count", str(count), "--out", directory],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        yield Servers(directory)
    finally:
        subprocess.run([script, "down", directory], check=True, stdout=subprocess.DEVNULL)


def fleet(workspace, spec, workers, *more):
    """A run to its end in a workspace; gives its events."""
    command = [CODEWHALE, "fleet", "run", spec, "--workspace", workspace, "--workers", workers, "--json", *more]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    if result.returncode != 0:
        raise AssertionError(f"codewhale ended with {result.returncode}: {result.stderr[-500:]} {events[-1:]}")
    return events
