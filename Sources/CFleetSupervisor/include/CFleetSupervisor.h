#ifndef CFLEETSUPERVISOR_H
#define CFLEETSUPERVISOR_H

// The platform's headers stand here alone: importing this module imports them.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/// The calling thread's errno, which is a macro.
int cfleet_errno(void);

/// The calling process's variables, ended by a null pointer (environ(7)), which not every C library's headers declare.
char *const *cfleet_environment(void);

/// getrusage(2) of all children that were waited for, and theirs.
int cfleet_children_usage(struct rusage *usage);

/// fork(2): Swift does not import it. Only a single-threaded process may call this.
pid_t cfleet_fork(void);

/// openat(2), which is variadic; always close-on-exec.
int cfleet_openat(int directory, const char *path, int flags, mode_t mode);

/// openat2(2) with RESOLVE_BENEATH: no way leads out of `directory`. Where the kernel lacks it (before 5.6),
/// no component may be a symbolic link.
int cfleet_open_beneath(int directory, const char *path, int flags);

/// Closes all descriptors from `first` to `last`, both included.
void cfleet_close_range(unsigned first, unsigned last);

/// PR_SET_CHILD_SUBREAPER: orphans below this process become its children.
int cfleet_become_subreaper(void);

/// Sets every signal to its default, so that nothing a parent ignored is inherited by programs.
void cfleet_default_signals(void);

/// Blocks every signal but SIGTERM where `keep_term` is not zero.
void cfleet_block_signals(int keep_term);

/// A descriptor that reads SIGCHLD and SIGUSR1, which must be blocked.
int cfleet_signal_descriptor(void);

/// The next signal's number from such a descriptor, or 0 where there is none.
int cfleet_next_signal(int descriptor);

/// Takes space for a file from `from` on without changing its length (fallocate(2), FALLOC_FL_KEEP_SIZE).
/// Gives 0, or -1 and errno: EOPNOTSUPP where the file system cannot.
int cfleet_reserve(int descriptor, off_t from, off_t length);

/// A pipe, both ends close-on-exec.
int cfleet_pipe(int ends[2]);

/// Makes room for so many bytes in a pipe, where the system lets it (F_SETPIPE_SZ).
void cfleet_widen_pipe(int descriptor, int size);

/// Sets O_NONBLOCK.
int cfleet_set_nonblocking(int descriptor);

/// pidfd_open(2); -1 where there is no such process or no such call.
int cfleet_pidfd_open(pid_t pid);

/// pidfd_send_signal(2).
int cfleet_pidfd_signal(int descriptor, int signal);

/// A directory entry's name.
const char *cfleet_entry_name(const struct dirent *entry);

/// What cfleet_spawn starts.
struct cfleet_program {
    /// Paths to try in this order, the last followed by a null pointer.
    char *const *paths;
    char *const *arguments;
    char *const *environment;
    const char *directory;
    /// Become descriptors 0, and 1 and 2.
    int input;
    int output;
};

/// At which step a start failed.
enum cfleet_step {
    cfleet_step_none = 0,
    cfleet_step_fork = 1,
    cfleet_step_descriptors = 2,
    cfleet_step_directory = 3,
    cfleet_step_execute = 4,
};

struct cfleet_spawned {
    /// The child, also where a later step failed (it is to be reaped then); -1 where there is none.
    pid_t pid;
    /// An enum cfleet_step.
    int step;
    int error;
};

/// Starts a program as leader of a session of its own, with no signal blocked. Returns when it has been executed, or
/// could not be.
struct cfleet_spawned cfleet_spawn(const struct cfleet_program *program);

#endif
