/* Status polls: of one host, one after another, and of many hosts at a rate. */

#define _GNU_SOURCE
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

double connect_all(struct client *clients, const struct settings *settings, int poller, long concurrency) {
    uint64_t begin = now();
    size_t started = 0, done = 0;
    const char *echo = option(settings, "echo", NULL);
    while (done < settings->count) {
        while (started < settings->count && started - done < (size_t)concurrency) {
            clients[started].echo = echo;
            start_client(&clients[started], settings, &settings->hosts[started], poller);
            started++;
        }
        struct epoll_event events[64];
        int count = epoll_wait(poller, events, 64, -1);
        for (int index = 0; index < count; index++) {
            struct client *client = events[index].data.ptr;
            if (client->step != READY) done += (size_t)advance(client, settings, poller, 0);
        }
    }
    return (double)(now() - begin) / 1e9;
}

void run_polls(const struct settings *settings) {
    long count = number(settings, "count", 2000);
    int poller = epoll_create1(EPOLL_CLOEXEC);
    struct client *client = calloc(1, sizeof *client);
    struct settings first = *settings;
    first.count = 1;
    connect_all(client, &first, poller, 1);
    uint64_t *times = malloc((size_t)(count + 50) * sizeof *times);
    uint64_t begin = 0;
    double cpu = 0;
    for (long index = -50; index < count; index++) {
        if (index == 0) {
            ready();
            begin = now();
            cpu = processor_time();
        }
        uint64_t start = now();
        client->is_waiting = 1;
        send_status(client);
        while (client->is_waiting) {
            struct epoll_event event;
            epoll_wait(poller, &event, 1, -1);
            take_answers(client);
        }
        times[index < 0 ? 0 : index] = now() - start;
    }
    printf("{\"seconds\":%f,\"cpu\":%.9f,", (double)(now() - begin) / 1e9, (processor_time() - cpu) / (double)count);
    print_times(times, (size_t)count);
    printf("}\n");
    wait_for_word();
    close_client(client);
}

void run_cold(const struct settings *settings) {
    int poller = epoll_create1(EPOLL_CLOEXEC);
    struct client *clients = calloc(settings->count, sizeof *clients);
    ready();
    double cpu = processor_time();
    double seconds = connect_all(clients, settings, poller, number(settings, "concurrency", 8));
    printf("{\"seconds\":%f,\"cpu_seconds\":%f,\"served\":%zu}\n", seconds, processor_time() - cpu, settings->count);
    wait_for_word();
    for (size_t index = 0; index < settings->count; index++) close_client(&clients[index]);
}

struct schedule {
    uint64_t interval, next_due, end;
    size_t next, outstanding, missed, answered;
    uint64_t *times;
};

/* Sends what is due, and sets the timer for what is next. */
static void send_due(struct schedule *schedule, struct client *clients, size_t count, int timer) {
    while (schedule->next_due <= now() && schedule->next_due < schedule->end) {
        struct client *client = &clients[schedule->next];
        schedule->next = (schedule->next + 1) % count;
        if (client->is_waiting) {
            schedule->missed++;
        } else {
            client->is_waiting = 1;
            client->due = now();
            schedule->outstanding++;
            send_status(client);
        }
        schedule->next_due += schedule->interval;
    }
    uint64_t next = schedule->next_due < schedule->end ? schedule->next_due : schedule->end + 1000000000;
    struct itimerspec time = {.it_value = {(time_t)(next / 1000000000), (long)(next % 1000000000)}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &time, NULL);
}

/* Sends a request to every host, and waits for all answers. */
static void ask_all(struct client *clients, size_t count, int poller, void (*send)(struct client *)) {
    size_t answered = 0;
    for (size_t index = 0; index < count; index++) send(&clients[index]);
    while (answered < count) {
        struct epoll_event events[64];
        int ready = epoll_wait(poller, events, 64, -1);
        for (int index = 0; index < ready; index++) answered += take_answers(events[index].data.ptr) > 0;
    }
}

void run_fleet(const struct settings *settings) {
    long before = resident_bytes(), rate = number(settings, "rate", 2000), seconds = number(settings, "seconds", 10);
    int poller = epoll_create1(EPOLL_CLOEXEC), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    struct client *clients = calloc(settings->count, sizeof *clients);
    double connecting = connect_all(clients, settings, poller, number(settings, "concurrency", 8));
    long connected = resident_bytes();
    ask_all(clients, settings->count, poller, send_start);
    sleep(1);
    struct schedule schedule = {.interval = rate ? 1000000000 / (uint64_t)rate : 0};
    schedule.times = malloc((size_t)(rate * seconds + 1) * sizeof *schedule.times);
    ready();
    uint64_t begin = now();
    double cpu = processor_time();
    schedule.next_due = begin;
    schedule.end = begin + (uint64_t)seconds * 1000000000;
    if (rate == 0) sleep((unsigned)seconds);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event);
    if (rate > 0) send_due(&schedule, clients, settings->count, timer);
    while (rate > 0 && (schedule.next_due < schedule.end || schedule.outstanding > 0)) {
        struct epoll_event events[64];
        uint64_t ticks;
        int count = epoll_wait(poller, events, 64, -1);
        for (int index = 0; index < count; index++) {
            struct client *client = events[index].data.ptr;
            if (!client) {
                if (read(timer, &ticks, sizeof ticks) > 0) send_due(&schedule, clients, settings->count, timer);
                if (schedule.next_due >= schedule.end && now() > schedule.end + 900000000) schedule.outstanding = 0;
                continue;
            }
            if (take_answers(client) == 0) continue;
            schedule.outstanding--;
            schedule.times[schedule.answered++] = now() - client->due;
        }
    }
    epoll_ctl(poller, EPOLL_CTL_DEL, timer, NULL);
    printf("{\"resident_before\":%ld,\"resident_connected\":%ld,\"connecting\":%f,\"missed\":%zu,\"seconds\":%f,", before,
           connected, connecting, schedule.missed, (double)(now() - begin) / 1e9);
    printf("\"cpu_seconds\":%f,\"resident\":%ld,", processor_time() - cpu, resident_bytes());
    print_times(schedule.times, schedule.answered);
    printf("}\n");
    wait_for_word();
    ask_all(clients, settings->count, poller, send_end);
    for (size_t index = 0; index < settings->count; index++) close_client(&clients[index]);
}
