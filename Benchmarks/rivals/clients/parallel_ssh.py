"""parallel-ssh, as shipped: commands over its own connections to one host or many."""

import time

from pssh.clients import ParallelSSHClient, SSHClient

import common


def polls(settings):
    client = SSHClient(
        "127.0.0.1", user=settings.user, port=settings.ports[0], pkey=settings.identity, allow_agent=False
    )

    def poll():
        output = client.run_command("true")
        client.wait_finished(output)
        assert output.exit_code == 0

    common.polls(poll, settings.number("count", 400))


def cold(settings):
    from pssh.config import HostConfig

    common.ready()
    begin, cpu = time.monotonic(), common.processor_time()
    client = ParallelSSHClient(
        ["127.0.0.1"] * len(settings.ports), user=settings.user, pkey=settings.identity, allow_agent=False,
        host_config=[HostConfig(port=port) for port in settings.ports],
        pool_size=settings.number("concurrency", 8),
    )
    output = client.run_command("true")
    client.join(output)
    served = sum(one.exit_code == 0 for one in output)
    common.finish(seconds=time.monotonic() - begin, cpu_seconds=common.processor_time() - cpu, served=served)


common.main(polls=polls, cold=cold)
