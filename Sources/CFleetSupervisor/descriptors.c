#define _GNU_SOURCE
#include "CFleetSupervisor.h"

#include <sys/syscall.h>

// From linux/openat2.h, which not every C library's headers come with.
struct cfleet_open_how {
    uint64_t flags;
    uint64_t mode;
    uint64_t resolve;
};
enum { cfleet_resolve_no_magiclinks = 0x02, cfleet_resolve_beneath = 0x08 };

int cfleet_openat(int directory, const char *path, int flags, mode_t mode) {
    return openat(directory, path, flags | O_CLOEXEC, mode);
}

// Goes down one component at a time, through no symbolic link.
static int open_by_components(int directory, const char *path, int flags) {
    char name[NAME_MAX + 1];
    int here = directory;
    while (1) {
        while (*path == '/') { path++; }
        size_t length = strcspn(path, "/");
        if (length == 0 || length > NAME_MAX || (length == 2 && path[0] == '.' && path[1] == '.')) {
            if (here != directory) { close(here); }
            errno = length > NAME_MAX ? ENAMETOOLONG : EXDEV;
            return -1;
        }
        memcpy(name, path, length);
        name[length] = 0;
        path += length;
        int last = path[strspn(path, "/")] == 0;
        int next = openat(here, name, (last ? flags : O_PATH | O_DIRECTORY) | O_NOFOLLOW | O_CLOEXEC);
        int error = errno;
        if (here != directory) { close(here); }
        if (next < 0 || last) {
            errno = error;
            return next;
        }
        here = next;
    }
}

int cfleet_open_beneath(int directory, const char *path, int flags) {
    struct cfleet_open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC),
        .resolve = cfleet_resolve_beneath | cfleet_resolve_no_magiclinks,
    };
    int descriptor = -1;
    for (int attempt = 0; attempt < 16; attempt++) {
        // EAGAIN: something above was renamed meanwhile, and the kernel could not be sure.
        descriptor = (int)syscall(437, directory, path, &how, sizeof how);
        if (descriptor >= 0 || errno != EAGAIN) { break; }
    }
    if (descriptor >= 0 || (errno != ENOSYS && errno != EPERM)) { return descriptor; }
    return open_by_components(directory, path, flags);
}

void cfleet_close_range(unsigned first, unsigned last) {
    if (first > last || syscall(436, first, last, 0) == 0) { return; }
    DIR *open = opendir("/proc/self/fd");
    if (open == NULL) { return; }
    struct dirent *entry;
    while ((entry = readdir(open)) != NULL) {
        char *end;
        unsigned long number = strtoul(entry->d_name, &end, 10);
        if (end != entry->d_name && *end == 0 && number >= first && number <= last && (int)number != dirfd(open)) {
            close((int)number);
        }
    }
    closedir(open);
}

int cfleet_reserve(int descriptor, off_t from, off_t length) {
    return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, from, length);
}

int cfleet_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

void cfleet_widen_pipe(int descriptor, int size) { fcntl(descriptor, F_SETPIPE_SZ, size); }

int cfleet_set_nonblocking(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

const char *cfleet_entry_name(const struct dirent *entry) { return entry->d_name; }
