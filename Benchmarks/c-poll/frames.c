/* The protocol of the supervisor, as far as polls need it: see Sources/FleetWire. */

#define _GNU_SOURCE
#include "client.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char marker[] = "\0codewhale-fleet/1 0123456789abcdef\n";

static void queue(struct client *client, unsigned char type, const unsigned char *payload, size_t length) {
    unsigned char *to = client->outgoing + client->outgoing_length;
    if (client->outgoing_length + 9 + length > sizeof client->outgoing) fail("more requests wait than is meant");
    uint32_t size = (uint32_t)length + 5, id = ++client->next_id;
    for (int index = 0; index < 4; index++) to[index] = (unsigned char)(size >> (24 - 8 * index));
    to[4] = type;
    for (int index = 0; index < 4; index++) to[5 + index] = (unsigned char)(id >> (24 - 8 * index));
    if (length) memcpy(to + 9, payload, length);
    client->outgoing_length += 9 + length;
}

void send_queued(struct client *client) {
    while (client->outgoing_length > 0) {
        ssize_t count = libssh2_channel_write(client->channel, (char *)client->outgoing, client->outgoing_length);
        if (count == LIBSSH2_ERROR_EAGAIN) return;
        if (count < 0) fail("write");
        client->outgoing_length -= (size_t)count;
        memmove(client->outgoing, client->outgoing + count, client->outgoing_length);
    }
}

void send_hello(struct client *client) {
    /* Tag 1, a number of eight bytes: the protocol's version. */
    static const unsigned char payload[] = {1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1};
    queue(client, 1, payload, sizeof payload);
    send_queued(client);
}

/* Fields: a tag, four bytes of length, the content. */
static unsigned char *put(unsigned char *to, unsigned char tag, const void *content, size_t length) {
    *to++ = tag;
    for (int index = 0; index < 4; index++) *to++ = (unsigned char)(length >> (24 - 8 * index));
    memcpy(to, content, length);
    return to + length;
}

static unsigned char *put_text(unsigned char *to, unsigned char tag, const char *text) {
    return put(to, tag, text, strlen(text));
}

static unsigned char *put_number(unsigned char *to, unsigned char tag, unsigned char value) {
    unsigned char content[8] = {[7] = value};
    return put(to, tag, content, sizeof content);
}

/* The attempt's key, as the field of that tag. */
static unsigned char *put_key(unsigned char *to, unsigned char tag) {
    unsigned char key[128], *end = key;
    char text[32];
    snprintf(text, sizeof text, "bench-%d", (int)getpid());
    end = put_text(put_text(end, 1, text), 2, "sleep");
    end = put_text(put_number(end, 3, 1), 4, "nonce");
    return put(to, tag, key, (size_t)(end - key));
}

void send_status(struct client *client) {
    unsigned char payload[192], *end = payload;
    if (client->has_attempt) end = put_key(end, 1);
    queue(client, 3, payload, (size_t)(end - payload));
    send_queued(client);
}

void send_start(struct client *client) {
    unsigned char payload[256], *end = put_key(payload, 1);
    end = put_text(put_text(put_text(end, 2, "sleep"), 2, "1000"), 3, "~/");
    queue(client, 2, payload, (size_t)(end - payload));
    send_queued(client);
    client->has_attempt = client->is_waiting = 1;
}

void send_end(struct client *client) {
    unsigned char payload[256], *end = put_number(put_key(payload, 1), 2, 2);
    queue(client, 5, payload, (size_t)(end - payload));
    send_queued(client);
    client->is_waiting = 1;
}

static int receive(struct client *client) {
    int has_more = 0;
    for (;;) {
        size_t room = sizeof client->incoming - client->incoming_length;
        if (room == 0) fail("an answer is longer than is meant");
        ssize_t count = libssh2_channel_read(client->channel, (char *)client->incoming + client->incoming_length, room);
        if (count == LIBSSH2_ERROR_EAGAIN) return has_more;
        if (count <= 0) fail("read");
        client->incoming_length += (size_t)count;
        has_more = 1;
    }
}

int take_marker(struct client *client) {
    size_t length = sizeof marker - 1;
    if (client->is_waiting) return 1;
    receive(client);
    unsigned char *found = memmem(client->incoming, client->incoming_length, marker, length);
    if (!found) return 0;
    client->incoming_length -= (size_t)(found + length - client->incoming);
    memmove(client->incoming, found + length, client->incoming_length);
    client->is_waiting = 1;
    return 1;
}

int take_answers(struct client *client) {
    int answers = 0;
    size_t place = 0;
    receive(client);
    while (client->incoming_length - place >= 9) {
        const unsigned char *from = client->incoming + place;
        size_t length = (size_t)from[0] << 24 | (size_t)from[1] << 16 | (size_t)from[2] << 8 | from[3];
        if (length < 5 || length > sizeof client->incoming - 4) fail("frame");
        if (client->incoming_length - place < 4 + length) break;
        uint32_t id = (uint32_t)from[5] << 24 | (uint32_t)from[6] << 16 | (uint32_t)from[7] << 8 | from[8];
        if (from[4] == 135) fail("the supervisor refuses what was asked");
        /* What comes with the number 0 was not asked for. */
        if (id == client->next_id) answers++;
        place += 4 + length;
    }
    client->incoming_length -= place;
    memmove(client->incoming, client->incoming + place, client->incoming_length);
    if (answers) client->is_waiting = 0;
    return answers;
}
