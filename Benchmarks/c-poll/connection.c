/* One connection, from the socket to the supervisor's greeting. Never blocks. */

#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static const char *const workspace = "benchmark0000000";
static const char *const nonce = "0123456789abcdef";

void watch(struct client *client, int poller) {
    uint32_t wanted = EPOLLIN;
    if (client->step == CONNECTING || libssh2_session_block_directions(client->session) & LIBSSH2_SESSION_BLOCK_OUTBOUND)
        wanted |= EPOLLOUT;
    if (wanted == client->watched) return;
    struct epoll_event event = {.events = wanted, .data.ptr = client};
    epoll_ctl(poller, client->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, client->descriptor, &event);
    client->watched = wanted;
}

void start_client(struct client *client, const struct settings *settings, const struct host *host, int poller) {
    int one = 1;
    (void)settings;
    client->host = host;
    client->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (client->descriptor < 0) fail("socket");
    setsockopt(client->descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)host->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(client->descriptor, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)
        fail("connect");
    client->session = libssh2_session_init();
    libssh2_session_set_blocking(client->session, 0);
    /* The methods of our own transport, so that both ends do the same work for every client on libssh2. */
    libssh2_session_method_pref(client->session, LIBSSH2_METHOD_CRYPT_CS, "aes256-ctr");
    libssh2_session_method_pref(client->session, LIBSSH2_METHOD_CRYPT_SC, "aes256-ctr");
    libssh2_session_method_pref(client->session, LIBSSH2_METHOD_MAC_CS, "hmac-sha2-256");
    libssh2_session_method_pref(client->session, LIBSSH2_METHOD_MAC_SC, "hmac-sha2-256");
    libssh2_session_method_pref(client->session, LIBSSH2_METHOD_HOSTKEY, "ssh-ed25519");
    client->step = CONNECTING;
    watch(client, poller);
}

/* Compares the host's key with the known ones, which are read once. */
static void check_host_key(struct client *client, const struct settings *settings) {
    static LIBSSH2_KNOWNHOSTS *known;
    if (!known) {
        known = libssh2_knownhost_init(libssh2_session_init());
        if (libssh2_knownhost_readfile(known, settings->known_hosts, LIBSSH2_KNOWNHOST_FILE_OPENSSH) < 0)
            fail("known hosts");
    }
    size_t length;
    int type;
    const char *key = libssh2_session_hostkey(client->session, &length, &type);
    int mask = LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW;
    if (!key || libssh2_knownhost_checkp(known, "127.0.0.1", client->host->port, key, length, mask, NULL)
        != LIBSSH2_KNOWNHOST_CHECK_MATCH)
        fail("host key");
}

static int is_connected(struct client *client) {
    int error = 0;
    socklen_t length = sizeof error;
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    getsockopt(client->descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error) fail("connect");
    return getpeername(client->descriptor, (struct sockaddr *)&peer, &size) == 0;
}

static int make_call(struct client *client, const struct settings *settings) {
    char command[4096];
    switch (client->step) {
    case CONNECTING:
        return is_connected(client) ? 0 : LIBSSH2_ERROR_EAGAIN;
    case HANDSHAKE:
        return libssh2_session_handshake(client->session, client->descriptor);
    case AUTHENTICATION:
        return libssh2_userauth_publickey_fromfile(client->session, settings->user, NULL, settings->identity, NULL);
    case OPENING:
        client->channel = libssh2_channel_open_session(client->session);
        return client->channel ? 0 : libssh2_session_last_errno(client->session);
    case STARTING:
        if (client->echo)
            snprintf(command, sizeof command, "exec %s", client->echo);
        else
            snprintf(command, sizeof command, "exec %s attach --workspace %s --nonce %s", settings->supervisor,
                     workspace, nonce);
        return libssh2_channel_exec(client->channel, command);
    case GREETING:
        if (client->echo) return 0;
        if (client->outgoing_length) send_queued(client);
        return take_marker(client) && take_answers(client) ? 0 : LIBSSH2_ERROR_EAGAIN;
    case READY:
        break;
    }
    return 0;
}

int advance(struct client *client, const struct settings *settings, int poller, int session_only) {
    int one = 1;
    while (client->step != READY) {
        if (client->step < GREETING && client->step > CONNECTING)
            setsockopt(client->descriptor, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
        int code = make_call(client, settings);
        if (code == LIBSSH2_ERROR_EAGAIN) {
            watch(client, poller);
            return 0;
        }
        if (code < 0) {
            char *text;
            libssh2_session_last_error(client->session, &text, NULL, 0);
            fail(text);
        }
        if (client->step == HANDSHAKE) check_host_key(client, settings);
        client->step++;
        if (client->step == OPENING && session_only) client->step = READY;
        if (client->step == GREETING && !client->echo) send_hello(client);
    }
    watch(client, poller);
    return 1;
}

void close_client(struct client *client) {
    /* The socket's end is the connection's; nothing of the session is freed that the process's end does not free. */
    close(client->descriptor);
}
