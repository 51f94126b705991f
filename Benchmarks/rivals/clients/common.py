"""What the rivals' clients have in common: the hosts' file, options, the benchmark's word to go on, and figures."""

import json
import resource
import sys
import time


class Settings:
    def __init__(self):
        self.words, self.ports, self.options = {}, [], dict(word.split("=", 1) for word in sys.argv[3:])
        with open(sys.argv[1]) as file:
            for line in file:
                parts = line.split()
                if parts[0] == "host":
                    self.ports.append(int(parts[1]))
                else:
                    self.words[parts[0]] = parts[1]

    def __getattr__(self, name):
        return self.words[name]

    def number(self, name, value):
        return int(self.options.get(name, value))


def processor_time():
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def wait_for_word():
    sys.stdin.readline()


def write(**figures):
    print(json.dumps(figures), flush=True)


def ready():
    write()
    wait_for_word()


def finish(**figures):
    write(**figures)
    wait_for_word()


def of_times(times):
    times = sorted(times)
    return {"p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100], "most": times[-1], "count": len(times)}


def polls(poll, count, warm=20):
    """Times a poll that blocks, over and over."""
    for _ in range(warm):
        poll()
    ready()
    times, begin, cpu = [], time.monotonic(), processor_time()
    for _ in range(count):
        start = time.monotonic()
        poll()
        times.append(time.monotonic() - start)
    finish(seconds=time.monotonic() - begin, cpu=(processor_time() - cpu) / count, **of_times(times))


def main(**modes):
    modes[sys.argv[2]](Settings())
