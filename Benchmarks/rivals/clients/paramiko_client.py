"""paramiko, as shipped."""

import time
from concurrent.futures import ThreadPoolExecutor

import paramiko

import common


def connect(settings):
    client = paramiko.SSHClient()
    client.load_host_keys(settings.known_hosts)
    client.connect(
        "127.0.0.1", settings.ports[0], settings.user, key_filename=settings.identity, allow_agent=False,
        look_for_keys=False,
    )
    return client


def run(transport):
    """A command's status; None where the host took no further channel, as those that were closed still count."""
    try:
        channel = transport.open_session()
    except paramiko.SSHException:
        return None
    channel.exec_command("true")
    status = channel.recv_exit_status()
    channel.close()
    return status


def polls(settings):
    client = connect(settings)
    transport = client.get_transport()
    common.polls(lambda: run(transport), settings.number("count", 400))
    client.close()


def execute(settings):
    client, count = connect(settings), settings.number("count", 400)
    transport = client.get_transport()
    with ThreadPoolExecutor(settings.number("channels", 8)) as pool:
        list(pool.map(lambda _: run(transport), range(16)))
        common.ready()
        begin, cpu = time.monotonic(), common.processor_time()
        served = sum(status == 0 for status in pool.map(lambda _: run(transport), range(count)))
        seconds, cpu = time.monotonic() - begin, (common.processor_time() - cpu) / count
    common.finish(seconds=seconds, served=served, wanted=count, cpu=cpu)
    client.close()


def bulk(settings):
    client, size = connect(settings), settings.number("bytes", 256 << 20)
    common.ready()
    begin, cpu = time.monotonic(), common.processor_time()
    channel = client.get_transport().open_session(window_size=2 << 20)
    channel.exec_command(f"head -c {size} /dev/zero")
    count = 0
    while part := channel.recv(1 << 18):
        count += len(part)
    common.finish(seconds=time.monotonic() - begin, cpu_seconds=common.processor_time() - cpu, bytes=count)
    client.close()


common.main(polls=polls, exec=execute, bulk=bulk)
