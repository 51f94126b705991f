"""OpenSSH's `ssh`: a process for every command, by itself or through a ControlMaster."""

import os
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import common


def words(settings, *more):
    """The command line of a client that reads no configuration; with the cipher and MAC of our own transport."""
    return [
        "ssh", "-F", "none", "-T", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes",
        "-i", settings.identity, "-o", f"UserKnownHostsFile={settings.known_hosts}", "-c", "aes256-ctr",
        "-m", "hmac-sha2-256", *more, "-p", str(settings.ports[0]), f"{settings.user}@127.0.0.1",
    ]


def run(command):
    null = subprocess.DEVNULL
    return subprocess.run(command, stdin=null, stdout=null, stderr=null).returncode


class Master:
    """A shared connection."""

    def __init__(self, settings):
        self.directory = tempfile.TemporaryDirectory()
        path = os.path.join(self.directory.name, "m")
        command = words(settings, "-o", "ControlMaster=yes", "-o", f"ControlPath={path}")
        self.process = subprocess.Popen(
            command + ["echo; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.process.stdout.readline()
        # Without the master it must not connect by itself.
        self.client = words(settings, "-o", f"ControlPath={path}", "-o", "ProxyCommand=false")

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.directory.cleanup()


def polls(settings):
    count = settings.number("count", 50)
    if settings.options.get("shared") != "yes":
        command = words(settings) + ["true"]
        common.polls(lambda: run(command), count, warm=2)
        return
    master = Master(settings)
    common.polls(lambda: run(master.client + ["true"]), count, warm=5)
    master.close()


def at_once(command, count, limit):
    """Runs a command so often, at most so many at a time; gives how many were well."""
    with ThreadPoolExecutor(limit) as pool:
        return sum(status == 0 for status in pool.map(lambda _: run(command), range(count)))


def execute(settings):
    count = settings.number("count", 400)
    master = Master(settings)
    run(master.client + ["true"])
    common.ready()
    begin, cpu = time.monotonic(), common.processor_time()
    served = at_once(master.client + ["true"], count, settings.number("channels", 8))
    seconds, cpu = time.monotonic() - begin, (common.processor_time() - cpu) / count
    common.finish(seconds=seconds, served=served, wanted=count, cpu=cpu)
    master.close()


def callers(settings):
    count = settings.number("count", 64)
    common.ready()
    begin = time.monotonic()
    served = at_once(words(settings) + ["true"], count, count)
    common.finish(seconds=time.monotonic() - begin, served=served)


def bulk(settings):
    size = settings.number("bytes", 256 << 20)
    common.ready()
    begin, cpu = time.monotonic(), common.processor_time()
    process = subprocess.Popen(
        words(settings) + [f"head -c {size} /dev/zero"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0
    )
    count, buffer = 0, bytearray(1 << 18)
    while part := process.stdout.readinto(buffer):
        count += part
    process.wait()
    common.finish(seconds=time.monotonic() - begin, cpu_seconds=common.processor_time() - cpu, bytes=count)


common.main(polls=polls, exec=execute, callers=callers, bulk=bulk)
