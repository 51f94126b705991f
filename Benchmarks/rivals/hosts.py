"""Hosts of the benchmark `ssh_rivals`: ports of sshd instances on loopback, each port with a home of its own.

sshd listens on sixteen addresses at most, so that one of them stands for so many hosts; what it bounds for one host
(MaxStartups) it is given sixteen times. A host counts as a machine of its own for every client, as its port differs.
"""

import contextlib
import hashlib
import os
import pwd
import resource
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RELEASE = os.path.join(ROOT, ".build", "release")
SUPERVISOR = os.path.join(RELEASE, "codewhale-supervisor")
PORTS_EACH = 16


class Hosts:
    """Hosts that are up."""

    def __init__(self, directory, user, ports):
        self.directory, self.user, self.ports = directory, user, ports
        self.identity = os.path.join(directory, "id_ed25519")
        self.known_hosts = os.path.join(directory, "known_hosts")
        self.servers = []

    def home(self, port):
        return os.path.join(self.directory, f"home-{port}")

    def file(self, count):
        """A file that tells clients of the first `count` hosts."""
        path = os.path.join(self.directory, f"hosts-{count}")
        with open(path, "w") as out:
            out.write(f"user {self.user}\nidentity {self.identity}\nknown_hosts {self.known_hosts}\n")
            out.write(f"supervisor {SUPERVISOR}\n")
            out.writelines(f"host {port} {self.home(port)}\n" for port in self.ports[:count])
        return path

    def processes(self):
        """The servers and all that runs under them: process ids."""
        children = {}
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError), open(f"/proc/{name}/stat") as file:
                    children.setdefault(int(file.read().rpartition(")")[2].split()[1]), []).append(int(name))
        found, rest = [], [server.pid for server in self.servers]
        while rest:
            found.append(rest.pop())
            rest += children.get(found[-1], [])
        return found

    def usage(self):
        """Seconds of processor time that the servers' processes have used, and their own share of memory in bytes."""
        tick, cpu, memory = os.sysconf("SC_CLK_TCK"), 0, 0
        for process in self.processes():
            with contextlib.suppress(OSError):
                with open(f"/proc/{process}/stat") as file:
                    fields = file.read().rpartition(")")[2].split()
                cpu += sum(int(field) for field in fields[11:15]) / tick
                with open(f"/proc/{process}/smaps_rollup") as file:
                    memory += sum(int(line.split()[1]) << 10 for line in file if line.startswith("Pss:"))
        return cpu, memory


def free_ports(count):
    """Ports that nothing listens on, below those that the system gives to clients."""
    found, port = [], 15000 + os.getpid() % 5000
    while len(found) < count:
        port += 1
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found.append(port)
    return found


def start(hosts, ports, startups):
    """One sshd for these ports."""
    lines = [
        "ListenAddress 127.0.0.1", f"HostKey {hosts.directory}/host", f"AuthorizedKeysFile {hosts.identity}.pub",
        "StrictModes no", "PidFile none", "PermitRootLogin yes", "PrintMotd no", f"MaxStartups {startups}",
    ]
    lines += [f"Port {port}" for port in ports]
    for port in ports:
        lines += [f"Match LocalPort {port}", f"SetEnv HOME={hosts.home(port)}"]
    path = os.path.join(hosts.directory, f"sshd-{ports[0]}")
    with open(path, "w") as file:
        file.writelines(line + "\n" for line in lines)
    sshd = shutil.which("sshd") or "/usr/sbin/sshd"
    hosts.servers.append(
        subprocess.Popen([sshd, "-D", "-f", path], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    )


def wait(port):
    deadline = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
            if connection.recv(4) == b"SSH-":
                return
        if time.monotonic() > deadline:
            raise AssertionError("sshd does not answer on loopback")
        time.sleep(0.02)


@contextlib.contextmanager
def loopback(count, single=False):
    """Starts hosts, with our supervisor delivered already, and ends them; checks that nothing of them is left.

    `single` gives each an sshd of its own with its default of MaxStartups.
    """
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    directory = tempfile.mkdtemp(prefix="codewhale-bench.")
    user = pwd.getpwuid(os.geteuid()).pw_name
    if user == "root":
        os.makedirs("/run/sshd", exist_ok=True)
    hosts = Hosts(directory, user, free_ports(count))
    try:
        for name in ["id_ed25519", "host"]:
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(directory, name)]
            subprocess.run(command, check=True)
        with open(os.path.join(directory, "host.pub")) as file:
            key = " ".join(file.read().split()[:2])
        with open(hosts.known_hosts, "w") as file:
            file.writelines(f"[127.0.0.1]:{port} {key}\n" for port in hosts.ports)
        deliver(hosts)
        step = 1 if single else PORTS_EACH
        for first in range(0, count, step):
            start(hosts, hosts.ports[first:first + step], "10:30:100" if single else "160:30:1600")
        for port in hosts.ports[::step]:
            wait(port)
        yield hosts
    finally:
        ours = hosts.processes()
        for server in hosts.servers:
            server.terminate()
        for server in hosts.servers:
            server.wait()
        end(ours)
        shutil.rmtree(directory, ignore_errors=True)


def deliver(hosts):
    """Puts the supervisor where a first contact would have put it, one file under many names."""
    with open(SUPERVISOR, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    one = os.path.join(hosts.directory, "supervisor")
    shutil.copy(SUPERVISOR, one)
    os.chmod(one, 0o700)
    for port in hosts.ports:
        place = os.path.join(hosts.home(port), ".cache", "codewhale")
        os.makedirs(place, 0o700)
        os.chmod(hosts.home(port), 0o700)
        os.link(one, os.path.join(place, f"supervisor-{digest}"))


def end(processes):
    """Sessions end with their clients; those that have not are ended, and told of."""
    deadline = time.monotonic() + 10
    left = processes
    while left and time.monotonic() < deadline:
        left = [process for process in left if os.path.exists(f"/proc/{process}")]
        time.sleep(0.05)
    for process in left:
        with contextlib.suppress(OSError):
            os.kill(process, 9)
    if left:
        raise AssertionError(f"{len(left)} processes of the servers were left")
