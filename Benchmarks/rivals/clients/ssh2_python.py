"""ssh2-python: libssh2's calls, blocking; a channel for every poll."""

import socket

from ssh2.session import Session

import common


def polls(settings):
    connection = socket.create_connection(("127.0.0.1", settings.ports[0]))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    session = Session()
    session.handshake(connection)
    session.userauth_publickey_fromfile(settings.user, settings.identity)

    def poll():
        channel = session.open_session()
        channel.execute("true")
        channel.wait_eof()
        channel.close()
        channel.wait_closed()
        assert channel.get_exit_status() == 0

    common.polls(poll, settings.number("count", 400))


common.main(polls=polls)
