/* `ender FILE MILLISECONDS`: sleeps, writes the monotonic clock into the file, and ends. */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **words) {
    if (count != 3) return 64;
    long milliseconds = atol(words[2]);
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
    int file = open(words[1], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    char text[32];
    clock_gettime(CLOCK_MONOTONIC, &time);
    int length = snprintf(text, sizeof text, "%lld", (long long)time.tv_sec * 1000000000 + time.tv_nsec);
    return write(file, text, (size_t)length) == length ? 0 : 1;
}
