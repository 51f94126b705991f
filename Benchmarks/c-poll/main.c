/* `c-poll HOSTS MODE [NAME=VALUE]...`: see Benchmarks/SSHProbe, whose modes and figures these are. */

#define _GNU_SOURCE
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void fail(const char *what) {
    fprintf(stderr, "c-poll: %s\n", what);
    exit(1);
}

static uint64_t read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

uint64_t now(void) { return read_clock(CLOCK_MONOTONIC); }

double processor_time(void) { return (double)read_clock(CLOCK_PROCESS_CPUTIME_ID) / 1e9; }

long resident_bytes(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*s %ld", &pages) != 1) fail("statm");
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

void wait_for_word(void) {
    char line[64];
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin)) return;
}

void ready(void) {
    printf("{}\n");
    wait_for_word();
}

static int compare(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

void print_times(uint64_t *times, size_t count) {
    qsort(times, count, sizeof *times, compare);
    if (count == 0) {
        printf("\"count\":0");
        return;
    }
    printf("\"p50\":%.9f,\"p99\":%.9f,\"most\":%.9f,\"count\":%zu", (double)times[count / 2] / 1e9,
           (double)times[count * 99 / 100] / 1e9, (double)times[count - 1] / 1e9, count);
}

const char *option(const struct settings *settings, const char *name, const char *value) {
    size_t length = strlen(name);
    for (char **option = settings->options; *option; option++)
        if (strncmp(*option, name, length) == 0 && (*option)[length] == '=') value = *option + length + 1;
    return value;
}

long number(const struct settings *settings, const char *name, long value) {
    const char *text = option(settings, name, NULL);
    return text ? atol(text) : value;
}

struct settings read_settings(const char *path, char **options) {
    struct settings settings = {.options = options};
    char word[32], value[512], third[512], line[1200];
    FILE *file = fopen(path, "r");
    if (!file) fail("the hosts' file");
    while (fgets(line, sizeof line, file)) {
        int count = sscanf(line, "%31s %511s %511s", word, value, third);
        if (count == 3 && strcmp(word, "host") == 0) {
            settings.hosts = realloc(settings.hosts, (settings.count + 1) * sizeof *settings.hosts);
            settings.hosts[settings.count++] = (struct host){atoi(value), strdup(third)};
        } else if (count == 2) {
            const char **place = strcmp(word, "user") == 0 ? &settings.user
                : strcmp(word, "identity") == 0 ? &settings.identity
                : strcmp(word, "known_hosts") == 0 ? &settings.known_hosts
                : &settings.supervisor;
            *place = strdup(value);
        }
    }
    fclose(file);
    return settings;
}

int main(int count, char **words) {
    static const struct {
        const char *name;
        void (*run)(const struct settings *);
    } modes[] = {{"polls", run_polls}, {"fleet", run_fleet}, {"cold", run_cold}, {"exec", run_exec}, {"bulk", run_bulk}};
    if (count >= 3) {
        struct settings settings = read_settings(words[1], words + 3);
        if (libssh2_init(0) != 0) fail("libssh2");
        for (size_t index = 0; index < sizeof modes / sizeof *modes; index++) {
            if (strcmp(words[2], modes[index].name) != 0) continue;
            modes[index].run(&settings);
            return 0;
        }
    }
    fprintf(stderr, "usage: c-poll HOSTS polls|fleet|cold|exec|bulk [NAME=VALUE]...\n");
    return 64;
}
