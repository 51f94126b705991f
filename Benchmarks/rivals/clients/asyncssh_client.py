"""asyncssh, as shipped: a channel for every poll, and our supervisor's frames on a channel that is held."""

import asyncio
import os
import struct
import time

import asyncssh

import common

NONCE = "0123456789abcdef"
HELLO = struct.pack(">IBI", 18, 1, 1) + struct.pack(">BIQ", 1, 8, 1)


def connect(settings, port):
    return asyncssh.connect(
        "127.0.0.1", port, username=settings.user, client_keys=[settings.identity], known_hosts=settings.known_hosts,
        agent_path=None, config=None,
    )


def field(tag, content):
    return struct.pack(">BI", tag, len(content)) + content


class Held:
    """A control channel: see Sources/FleetWire."""

    key = b""

    async def open(self, settings, port):
        self.connection = await connect(settings, port)
        command = f"exec {settings.supervisor} attach --workspace benchmark0000000 --nonce {NONCE}"
        self.writer, self.reader, _ = await self.connection.open_session(command, encoding=None)
        await self.reader.readuntil(f"\0codewhale-fleet/1 {NONCE}\n".encode())
        self.writer.write(HELLO)
        await self.answer()
        self.number = 1
        return self

    async def answer(self):
        length, = struct.unpack(">I", await self.reader.readexactly(4))
        return await self.reader.readexactly(length)

    async def ask(self, kind, payload):
        self.number += 1
        self.writer.write(struct.pack(">IBI", 5 + len(payload), kind, self.number) + payload)
        while True:
            answer = await self.answer()
            kind, number = struct.unpack(">BI", answer[:5])
            # What comes with the number 0 was not asked for.
            if number == self.number:
                assert kind in (130, 132)
                return

    async def poll(self):
        await self.ask(3, self.key)

    async def start(self):
        """Has the supervisor run `sleep`, which polls then ask about."""
        number = struct.pack(">Q", 1)
        key = field(1, b"bench-%d" % os.getpid()) + field(2, b"sleep") + field(3, number) + field(4, b"nonce")
        self.key = field(1, key)
        await self.ask(2, self.key + field(2, b"sleep") + field(2, b"1000") + field(3, b"~/"))

    async def end(self):
        await self.ask(5, self.key + field(2, struct.pack(">Q", 2)))

    async def close(self):
        self.writer.close()
        self.connection.close()
        await self.connection.wait_closed()


async def run(connection):
    return (await connection.run("true")).exit_status


async def polls(settings):
    count = settings.number("count", 400)
    held = settings.options.get("held") == "yes"
    if held:
        client = await Held().open(settings, settings.ports[0])
        poll = client.poll
    else:
        client = await connect(settings, settings.ports[0])
        poll = lambda: run(client)
    for _ in range(20):
        await poll()
    common.ready()
    times, begin, cpu = [], time.monotonic(), common.processor_time()
    for _ in range(count):
        start = time.monotonic()
        await poll()
        times.append(time.monotonic() - start)
    figures = common.of_times(times)
    cpu = (common.processor_time() - cpu) / count
    common.finish(seconds=time.monotonic() - begin, cpu=cpu, **figures)
    if held:
        await client.close()
    else:
        client.close()


async def fleet(settings):
    before, limit = common.resident_bytes(), asyncio.Semaphore(settings.number("concurrency", 8))

    async def open_one(port):
        async with limit:
            return await Held().open(settings, port)

    begin = time.monotonic()
    hosts = await asyncio.gather(*(open_one(port) for port in settings.ports))
    connecting, connected = time.monotonic() - begin, common.resident_bytes()
    await asyncio.gather(*(host.start() for host in hosts))
    await asyncio.sleep(1)
    common.ready()
    rate, seconds = settings.number("rate", 2000), settings.number("seconds", 10)
    times, missed, cpu, tasks = [], 0, common.processor_time(), [None] * len(hosts)

    async def poll(host):
        start = time.monotonic()
        await host.poll()
        times.append(time.monotonic() - start)

    begin = time.monotonic()
    for number in range(rate * seconds):
        due = begin + number / rate
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        place = number % len(hosts)
        if tasks[place] is not None and not tasks[place].done():
            missed += 1
            continue
        tasks[place] = asyncio.create_task(poll(hosts[place]))
    await asyncio.gather(*(task for task in tasks if task))
    figures = common.of_times(times)
    common.finish(
        resident_before=before, resident_connected=connected, connecting=connecting, missed=missed,
        seconds=time.monotonic() - begin, cpu_seconds=common.processor_time() - cpu,
        resident=common.resident_bytes(), **figures,
    )
    await asyncio.gather(*(host.end() for host in hosts))
    await asyncio.gather(*(host.close() for host in hosts))


async def execute(settings):
    count, channels = settings.number("count", 400), settings.number("channels", 8)
    async with connect(settings, settings.ports[0]) as connection:
        await run(connection)
        common.ready()
        begin, cpu = time.monotonic(), common.processor_time()

        async def many():
            return sum([await run(connection) == 0 for _ in range(count // channels)])

        served = sum(await asyncio.gather(*(many() for _ in range(channels))))
        seconds, cpu = time.monotonic() - begin, (common.processor_time() - cpu) / count
        common.finish(seconds=seconds, served=served, wanted=count, cpu=cpu)


async def callers(settings):
    async def one():
        async with connect(settings, settings.ports[0]) as connection:
            return await run(connection) == 0

    common.ready()
    begin = time.monotonic()
    results = await asyncio.gather(*(one() for _ in range(settings.number("count", 64))), return_exceptions=True)
    common.finish(seconds=time.monotonic() - begin, served=sum(result is True for result in results))


async def bulk(settings):
    size = settings.number("bytes", 256 << 20)
    async with connect(settings, settings.ports[0]) as connection:
        common.ready()
        begin, cpu = time.monotonic(), common.processor_time()
        count = 0
        async with connection.create_process(f"head -c {size} /dev/zero", encoding=None) as process:
            while part := await process.stdout.read(1 << 18):
                count += len(part)
        common.finish(seconds=time.monotonic() - begin, cpu_seconds=common.processor_time() - cpu, bytes=count)


def blocking(mode):
    return lambda settings: asyncio.run(mode(settings))


common.main(**{
    name: blocking(mode) for name, mode in
    {"polls": polls, "fleet": fleet, "exec": execute, "callers": callers, "bulk": bulk}.items()
})
