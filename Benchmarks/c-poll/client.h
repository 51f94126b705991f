/* The plain C client of the benchmark `ssh_rivals`: libssh2 and epoll, one thread, no library of ours. */

#ifndef C_POLL_CLIENT_H
#define C_POLL_CLIENT_H

#include <libssh2.h>
#include <stddef.h>
#include <stdint.h>

struct host {
    int port;
    const char *home;
};

/* What the hosts' file says. */
struct settings {
    const char *user, *identity, *known_hosts, *supervisor;
    struct host *hosts;
    size_t count;
    char **options;
};

/* How far a client's connection is; each step may have to wait for the host. */
enum step { CONNECTING, HANDSHAKE, AUTHENTICATION, OPENING, STARTING, GREETING, READY };

struct client {
    const struct host *host;
    int descriptor;
    uint32_t watched;
    enum step step;
    LIBSSH2_SESSION *session;
    LIBSSH2_CHANNEL *channel;
    /* Frames that are to be sent, and bytes that are no whole frame yet. */
    unsigned char outgoing[1024];
    size_t outgoing_length;
    unsigned char incoming[16384];
    size_t incoming_length;
    uint32_t next_id;
    uint64_t due;
    int is_waiting;
    int has_attempt;
    /* Where set, what runs instead of the supervisor: it sends back what it is sent. */
    const char *echo;
};

struct settings read_settings(const char *path, char **options);
const char *option(const struct settings *settings, const char *name, const char *value);
long number(const struct settings *settings, const char *name, long value);

uint64_t now(void);
double processor_time(void);
long resident_bytes(void);
void wait_for_word(void);
void ready(void);
void print_times(uint64_t *times, size_t count);
void fail(const char *what);

/* Begins to connect; the descriptor is watched for what the connection waits for. */
void start_client(struct client *client, const struct settings *settings, const struct host *host, int poller);
/* Goes on as far as it can without the host; `session_only` stops before a channel is opened. */
int advance(struct client *client, const struct settings *settings, int poller, int session_only);
void close_client(struct client *client);
/* Keeps watching for input, and for output where the library waits for that. */
void watch(struct client *client, int poller);

/* Queues a status request and sends it. */
void send_status(struct client *client);
void send_hello(struct client *client);
/* Has the supervisor run `sleep` as an attempt, which polls then ask about; and end it. */
void send_start(struct client *client);
void send_end(struct client *client);
void send_queued(struct client *client);
/* Takes what came; gives how many answers were whole. */
int take_answers(struct client *client);
int take_marker(struct client *client);

void run_polls(const struct settings *settings);
void run_fleet(const struct settings *settings);
void run_cold(const struct settings *settings);
void run_exec(const struct settings *settings);
void run_bulk(const struct settings *settings);

/* Connects all hosts, so many at a time; gives the seconds that it took. */
double connect_all(struct client *clients, const struct settings *settings, int poller, long concurrency);

#endif
