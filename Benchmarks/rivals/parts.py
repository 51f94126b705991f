"""The parts of the benchmark: each runs its contenders, prints its table, and gives the figures."""

import os

from rivals.contenders import measure, rounds
from rivals.hosts import loopback

OURS, SYSTEM = "codewhale, libssh2, held channel", "codewhale, system ssh, held channel"
ELSEWHERE = "codewhale, libssh2, from another thread"
PLAIN, FLOOR = "C on libssh2, held channel", "C on libssh2, held, an echo (the floor)"
HELD, SHARED = "asyncssh, held channel", "ssh through a ControlMaster"
MIB = 1 << 20


def polls(tools, options):
    contenders = {
        "ssh, a connection a poll": tools.python("system_ssh", "polls", "count=10"),
        SHARED: tools.python("system_ssh", "polls", "count=60", "shared=yes"),
        "parallel-ssh, a channel a poll": tools.python("parallel_ssh", "polls", "count=60"),
        "paramiko, a channel a poll": tools.python("paramiko_client", "polls", "count=60"),
        "ssh2-python, a channel a poll": tools.python("ssh2_python", "polls", "count=300"),
        "asyncssh, a channel a poll": tools.python("asyncssh_client", "polls", "count=300"),
        HELD: tools.python("asyncssh_client", "polls", "count=4000", "held=yes"),
        SYSTEM: tools.ours("polls", "count=4000", "transport=system"),
        OURS: tools.ours("polls", "count=4000"),
        ELSEWHERE: tools.ours("polls", "count=4000", "thread=other"),
        PLAIN: tools.plain("polls", "count=4000"),
        FLOOR: tools.plain("polls", "count=4000", f"echo={tools.path('echo')}"),
    }
    with loopback(1, single=True) as hosts:
        figures = rounds(contenders, options.rounds, lambda one: measure(one, hosts.file(1)))
    own = figures[OURS]["p50"]
    print(f"status polls of one host, one after another; medians of {options.rounds} rounds")
    print(f"  {'':42} {'p50 ms':>9} {'p99 ms':>9} {'polls/s':>9} {'CPU µs':>9}  ours (libssh2) is")
    for name, one in figures.items():
        print(
            f"  {name:42} {one['p50'] * 1e3:9.3f} {one['p99'] * 1e3:9.3f} {one['count'] / one['seconds']:9.0f}"
            f" {one['cpu'] * 1e6:9.0f}  {one['p50'] / own:8.2f} times as fast"
        )
    best = min(one["p50"] for name, one in figures.items() if name.endswith("a channel a poll"))
    print(
        f"  beside the ControlMaster {figures[SHARED]['p50'] / own:.0f} times (goal 60), beside the best channel a poll "
        f"{best / own:.0f} times (goal 25), beside asyncssh's held channel {figures[HELD]['p50'] / own:.2f} (goal over 1)"
    )
    return figures


def fleet(tools, options):
    words = ["fleet", f"rate={options.rate}", f"seconds={options.seconds}"]
    contenders = {
        OURS: tools.ours(*words), PLAIN: tools.plain(*words), HELD: tools.python("asyncssh_client", *words),
    }
    with loopback(options.hosts) as hosts:
        file = hosts.file(options.hosts)
        figures = rounds(contenders, options.rounds, lambda one: measure(one, file, hosts))
        quiet = {
            OURS: tools.ours("fleet", "rate=0", f"seconds={options.seconds}"),
            PLAIN: tools.plain("fleet", "rate=0", f"seconds={options.seconds}"),
        }
        quiet = rounds(quiet, min(options.rounds, 3), lambda one: measure(one, file, hosts))
    print(f"{options.hosts} hosts, {options.rate} polls a second for {options.seconds} s; medians of {options.rounds} rounds")
    table(figures, options.hosts)
    print(
        f"  CPU a poll, ours beside C: {figures[OURS]['cpu_seconds'] / figures[PLAIN]['cpu_seconds']:.2f} times "
        "(goal: at most 1.3)"
    )
    for name, one in quiet.items():
        print(
            f"  a quiet second, {name}: {one['cpu_seconds'] / one['seconds'] * 1e3:.2f} ms of CPU, "
            f"the servers' {one['server_cpu_seconds'] / one['seconds'] * 1e3:.1f} ms"
        )
    return {"polled": figures, "quiet": quiet}


def table(figures, count):
    print(
        f"  {'':34} {'missed':>7} {'p50 ms':>8} {'p99 ms':>8} {'CPU µs':>8} {'MiB':>7} {'kB/conn':>8}"
        f" {'far CPU µs':>11} {'far MiB':>8}"
    )
    for name, one in figures.items():
        each = max(one["count"], 1)
        print(
            f"  {name:34} {one['missed']:7.0f} {one['p50'] * 1e3:8.3f} {one['p99'] * 1e3:8.3f}"
            f" {one['cpu_seconds'] / each * 1e6:8.0f} {one['resident'] / MIB:7.1f}"
            f" {(one['resident_connected'] - one['resident_one']) / (count - 1) / 1000:8.1f}"
            f" {one['server_cpu_seconds'] / each * 1e6:11.0f} {one['server_memory'] / MIB:8.0f}"
        )


def pushes(tools, options):
    number = 0

    def run(contender):
        nonlocal number
        number += 1
        directory = os.path.join(hosts.directory, f"ends-{number}")
        os.mkdir(directory)
        return measure([*contender, f"directory={directory}"], file)

    contenders = {OURS: tools.ours("pushes", "ends=200", f"ender={tools.path('ender')}")}
    with loopback(options.hosts) as hosts:
        file = hosts.file(options.hosts)
        figures = rounds(contenders, options.rounds, run)
    one = figures[OURS]
    print(
        f"from a task's end to its notice, pushed, over {options.hosts} hosts: p50 {one['p50'] * 1e3:.2f} ms, "
        f"p99 {one['p99'] * 1e3:.2f} ms, {one['missed']:.0f} missed of {one['count']:.0f}; medians of {options.rounds} rounds"
    )
    return figures


def cold(tools, options):
    found = {}
    with loopback(options.hosts) as hosts:
        for concurrency in ["concurrency=8", "concurrency=64"]:
            contenders = {
                "parallel-ssh": tools.python("parallel_ssh", "cold", concurrency),
                "codewhale, libssh2": tools.ours("cold", concurrency),
                "C on libssh2": tools.plain("cold", concurrency),
            }
            run = lambda one: measure(one, hosts.file(options.hosts))
            figures = found[concurrency] = rounds(contenders, options.rounds, run)
            print(
                f"{options.hosts} cold hosts, {concurrency.partition('=')[2]} at a time: connected and answering; "
                f"medians of {options.rounds} rounds"
            )
            other = figures["parallel-ssh"]["served"] / figures["parallel-ssh"]["seconds"]
            for name, one in figures.items():
                print(
                    f"  {name:20} {one['seconds']:6.2f} s  {one['served'] / one['seconds']:6.1f} hosts/s"
                    f"  {one['cpu_seconds'] / one['served'] * 1e3:5.2f} ms of CPU a host"
                    f"  {one['served'] / one['seconds'] / other:5.2f} times parallel-ssh's rate (goal 1.3)"
                )
    return found


def callers(tools, options):
    contenders = {
        "ssh, one each": tools.python("system_ssh", "callers"),
        "asyncssh, one each": tools.python("asyncssh_client", "callers"),
        "codewhale, libssh2": tools.ours("callers"),
    }
    with loopback(1, single=True) as hosts:
        figures = rounds(contenders, options.rounds, lambda one: measure(one, hosts.file(1)))
    print(f"64 callers of one cold host, MaxStartups 10:30:100; medians of {options.rounds} rounds")
    for name, one in figures.items():
        print(f"  {name:20} {one['served']:3.0f} served, {one['seconds']:6.2f} s")
    return figures


def execute(tools, options):
    line = "exec /bin/sh -c 'echo codewhale-open:0123456789abcdef; exec \"$@\"' sh 'true'"
    contenders = {
        SHARED: tools.python("system_ssh", "exec"),
        "paramiko": tools.python("paramiko_client", "exec"),
        "asyncssh": tools.python("asyncssh_client", "exec", "count=1600"),
        "codewhale, libssh2": tools.ours("exec", "count=1600"),
        "C on libssh2, codewhale's command line": tools.plain("exec", "count=1600", f"command={line}"),
        "C on libssh2": tools.plain("exec", "count=1600"),
    }
    with loopback(1, single=True) as hosts:
        figures = rounds(contenders, options.rounds, lambda one: measure(one, hosts.file(1), hosts))
    print(f"commands `true` on one host over 8 channels; medians of {options.rounds} rounds")
    for name, one in figures.items():
        print(
            f"  {name:40} {one['served'] / one['seconds']:7.0f}/s  {one['cpu'] * 1e6:6.0f} µs of CPU each, "
            f"{one['served'] / one['wanted'] * 100:.0f} % served; the host used {one['server_cpu_seconds'] / one['seconds']:.2f} of {os.cpu_count()} cores"
        )
    return figures


def bulk(tools, options):
    contenders = {
        "ssh, aes256-ctr": tools.python("system_ssh", "bulk"),
        "paramiko, aes256-ctr": tools.python("paramiko_client", "bulk"),
        "asyncssh, aes256-ctr": tools.python("asyncssh_client", "bulk"),
        "codewhale, libssh2, aes256-ctr": tools.ours("bulk"),
        "C on libssh2, aes256-ctr": tools.plain("bulk"),
    }
    with loopback(1, single=True) as hosts:
        figures = rounds(contenders, options.rounds, lambda one: measure(one, hosts.file(1)))
    other = figures["ssh, aes256-ctr"]["seconds"]
    print(f"256 MiB of standard output; medians of {options.rounds} rounds")
    for name, one in figures.items():
        print(
            f"  {name:32} {one['bytes'] / one['seconds'] / 1e6:6.0f} MB/s  {one['cpu_seconds']:5.2f} s of CPU"
            f"  {other / one['seconds']:5.2f} of ssh's rate (goal for ours 0.9)"
        )
    return figures


def many(tools, options):
    words = ["fleet", f"rate={options.rate}", f"seconds={options.seconds}", "concurrency=32"]
    contenders = {OURS: tools.ours(*words), PLAIN: tools.plain(*words)}
    with loopback(options.many) as hosts:
        file = hosts.file(options.many)
        figures = rounds(contenders, min(options.rounds, 3), lambda one: measure(one, file, hosts))
    print(f"{options.many} live hosts, {options.rate} polls a second; medians of {min(options.rounds, 3)} rounds")
    table(figures, options.many)
    for name, one in figures.items():
        print(f"  {name}: all connected after {one['connecting']:.1f} s")
    return figures


ALL = {
    "polls": polls, "fleet": fleet, "pushes": pushes, "cold": cold, "callers": callers, "exec": execute, "bulk": bulk,
    "many": many,
}
