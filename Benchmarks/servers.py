"""Ssh servers for the benchmarks over builders: containers (see Docker/README.md), or servers on loopback."""

import contextlib
import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CODEWHALE = os.path.join(ROOT, ".build", "release", "codewhale")


def wait(port):
    """Returns when an ssh server answers on a port of 127.0.0.1."""
    deadline = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
            if connection.recv(4) == b"SSH-":
                return
        if time.monotonic() > deadline:
            raise AssertionError("sshd does not answer on loopback")
        time.sleep(0.02)


class Servers:
    """Servers that are up, and how they are reached."""

    def __init__(self, directory, workers=None):
        self.directory = directory
        self.identity = os.path.join(directory, "id_ed25519")
        self.known_hosts = os.path.join(directory, "known_hosts")
        if workers is not None:
            self.workers, self.containers = workers, []
            return
        self.file = os.path.join(directory, "workers.json")
        with open(self.file) as file:
            self.workers = json.load(file)
        with open(os.path.join(directory, "containers")) as file:
            self.containers = [line.split()[0] for line in file]

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


@contextlib.contextmanager
def loopback(count, more=None):
    """Starts `sshd` on loopback, each with a home of its own for its sessions, and ends them.

    `more` are further settings; with a `LogLevel` among them its log is in `sshd-NUMBER.log`.

    A published port of a container leads through a proxy, which costs more than what is measured here.
    """
    sshd = shutil.which("sshd") or "/usr/sbin/sshd"
    directory = tempfile.mkdtemp(prefix="codewhale-bench.")
    user, workers, processes = pwd.getpwuid(os.geteuid()).pw_name, [], []
    if user == "root":
        os.makedirs("/run/sshd", exist_ok=True)
    def key(name):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(directory, name)], check=True)
        with open(os.path.join(directory, name + ".pub")) as file:
            return file.read().split()[:2]
    try:
        key("id_ed25519")
        host_key = " ".join(key("host"))
        for number in range(count):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            home = os.path.join(directory, f"home-{number}")
            os.mkdir(home, 0o700)
            settings = {
                "Port": port, "ListenAddress": "127.0.0.1", "HostKey": os.path.join(directory, "host"),
                "AuthorizedKeysFile": os.path.join(directory, "id_ed25519.pub"), "StrictModes": "no",
                "PidFile": "none", "SetEnv": f"HOME={home}", "PermitRootLogin": "yes",
            }
            settings.update(more or {})
            path = os.path.join(directory, f"sshd-{number}")
            with open(path, "w") as file:
                file.writelines(f"{name} {value}\n" for name, value in settings.items())
            log = ["-E", path + ".log"] if "LogLevel" in settings else []
            command = [sshd, "-D", "-f", path, *log]
            processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            with open(os.path.join(directory, "known_hosts"), "a") as file:
                file.write(f"[127.0.0.1]:{port} {host_key}\n")
            workers.append({
                "id": f"builder-{number + 1}", "max_concurrent_tasks": 2,
                "host": {
                    "kind": "ssh", "host": "127.0.0.1", "port": port, "user": user,
                    "identity": os.path.join(directory, "id_ed25519"),
                    "known_hosts": os.path.join(directory, "known_hosts"),
                    "working_directory": home, "codewhale_binary": "/usr/local/bin/codewhale",
                },
            })
            wait(port)
        yield Servers(directory, workers)
    finally:
        for process in processes:
            process.terminate()
            process.wait()
        shutil.rmtree(directory, ignore_errors=True)


def fleet(workspace, spec, workers, *more):
    """A run to its end in a workspace; gives its events."""
    command = [CODEWHALE, "fleet", "run", spec, "--workspace", workspace, "--workers", workers, "--json", *more]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    if result.returncode != 0:
        raise AssertionError(f"codewhale ended with {result.returncode}: {result.stderr[-500:]} {events[-1:]}")
    return events
