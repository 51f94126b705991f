/* Commands on one host: many small ones over several channels of one session, and one that writes much. */

#define _GNU_SOURCE
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum part { IDLE, OPEN, EXEC, DRAIN, CLOSED };

struct slot {
    enum part part;
    LIBSSH2_CHANNEL *channel;
};

static struct client *connect_one(const struct settings *settings, int poller) {
    struct client *client = calloc(1, sizeof *client);
    struct epoll_event event;
    start_client(client, settings, &settings->hosts[0], poller);
    while (!advance(client, settings, poller, 1)) epoll_wait(poller, &event, 1, -1);
    return client;
}

static void drain(LIBSSH2_CHANNEL *channel) {
    static char buffer[65536];
    while (libssh2_channel_read(channel, buffer, sizeof buffer) > 0) continue;
    while (libssh2_channel_read_stderr(channel, buffer, sizeof buffer) > 0) continue;
}

/* Moves one command on. Opening and starting answer to one caller at a time, who is `*opener`. */
static int move(struct slot *slot, struct slot **opener, LIBSSH2_SESSION *session, const char *command) {
    if (slot->part == IDLE) {
        if (*opener) return 0;
        *opener = slot;
        slot->part = OPEN;
    }
    if (slot->part == OPEN) {
        slot->channel = libssh2_channel_open_session(session);
        if (!slot->channel && libssh2_session_last_errno(session) == LIBSSH2_ERROR_EAGAIN) return 0;
        if (!slot->channel) fail("open");
        slot->part = EXEC;
    }
    if (slot->part == EXEC) {
        int code = libssh2_channel_exec(slot->channel, command);
        if (code == LIBSSH2_ERROR_EAGAIN) return 0;
        if (code < 0) fail("exec");
        *opener = NULL;
        slot->part = DRAIN;
    }
    if (slot->part == DRAIN) {
        drain(slot->channel);
        if (!libssh2_channel_eof(slot->channel)) return 0;
        slot->part = CLOSED;
    }
    int code = libssh2_channel_wait_closed(slot->channel);
    if (code == LIBSSH2_ERROR_EAGAIN) return 0;
    if (code < 0 || libssh2_channel_get_exit_status(slot->channel) != 0) fail("status");
    if (libssh2_channel_free(slot->channel) == LIBSSH2_ERROR_EAGAIN) return 0;
    slot->part = IDLE;
    return 1;
}

void run_exec(const struct settings *settings) {
    long channels = number(settings, "channels", 8), count = number(settings, "count", 2000);
    const char *command = option(settings, "command", "true");
    int poller = epoll_create1(EPOLL_CLOEXEC);
    struct client *client = connect_one(settings, poller);
    struct slot *slots = calloc((size_t)channels, sizeof *slots), *opener = NULL;
    ready();
    uint64_t begin = now();
    double cpu = processor_time();
    long done = 0;
    while (done < count) {
        int has_moved;
        do {
            has_moved = 0;
            for (long index = 0; index < channels; index++) {
                struct slot *before = opener;
                int is_over = move(&slots[index], &opener, client->session, command);
                done += is_over;
                has_moved |= is_over || opener != before;
            }
        } while (has_moved && done < count);
        struct epoll_event event;
        watch(client, poller);
        if (done < count) epoll_wait(poller, &event, 1, -1);
    }
    printf("{\"seconds\":%f,\"cpu\":%.9f,\"served\":%ld,\"wanted\":%ld}\n", (double)(now() - begin) / 1e9,
           (processor_time() - cpu) / (double)count, done, count);
    wait_for_word();
    close_client(client);
}

void run_bulk(const struct settings *settings) {
    static char buffer[65536];
    char command[64];
    long bytes = number(settings, "bytes", 256L << 20), came = 0;
    int poller = epoll_create1(EPOLL_CLOEXEC);
    struct client *client = connect_one(settings, poller);
    struct epoll_event event;
    snprintf(command, sizeof command, "head -c %ld /dev/zero", bytes);
    ready();
    uint64_t begin = now();
    double cpu = processor_time();
    LIBSSH2_CHANNEL *channel;
    while (!(channel = libssh2_channel_open_session(client->session))) epoll_wait(poller, &event, 1, -1);
    while (libssh2_channel_exec(channel, command) == LIBSSH2_ERROR_EAGAIN) epoll_wait(poller, &event, 1, -1);
    while (came < bytes) {
        ssize_t count = libssh2_channel_read(channel, buffer, sizeof buffer);
        if (count == LIBSSH2_ERROR_EAGAIN) {
            watch(client, poller);
            epoll_wait(poller, &event, 1, -1);
            continue;
        }
        if (count <= 0) fail("read");
        came += count;
    }
    printf("{\"seconds\":%f,\"cpu_seconds\":%f,\"bytes\":%ld}\n", (double)(now() - begin) / 1e9,
           processor_time() - cpu, came);
    wait_for_word();
    close_client(client);
}
