#define _GNU_SOURCE
#include "CFleetSupervisor.h"

#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

int cfleet_errno(void) { return errno; }

extern char **environ;

char *const *cfleet_environment(void) { return environ; }

int cfleet_children_usage(struct rusage *usage) { return getrusage(RUSAGE_CHILDREN, usage); }

pid_t cfleet_fork(void) { return fork(); }

int cfleet_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

void cfleet_default_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++) {
        if (number != SIGKILL && number != SIGSTOP) { sigaction(number, &action, NULL); }
    }
#ifdef SYS_rt_sigaction
    // glibc keeps two signals to itself, refuses to set them, and its posix_spawn has them ignored (nptl(7)).
    unsigned long zero[8] = {0};
    for (int number = 32; number < 34; number++) { syscall(SYS_rt_sigaction, number, zero, NULL, 8); }
#endif
}

void cfleet_block_signals(int keep_term) {
    sigset_t set;
    sigfillset(&set);
    if (keep_term) { sigdelset(&set, SIGTERM); }
    sigprocmask(SIG_SETMASK, &set, NULL);
}

int cfleet_signal_descriptor(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGUSR1);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int cfleet_next_signal(int descriptor) {
    struct signalfd_siginfo info;
    if (read(descriptor, &info, sizeof info) != (ssize_t)sizeof info) { return 0; }
    return (int)info.ssi_signo;
}

int cfleet_pidfd_open(pid_t pid) { return (int)syscall(434, pid, 0); }

int cfleet_pidfd_signal(int descriptor, int signal) { return (int)syscall(424, descriptor, signal, NULL, 0); }

struct cfleet_spawned cfleet_spawn(const struct cfleet_program *program) {
    // The child shares this memory until it executes: it writes these two, and returns by _exit alone.
    volatile int step = cfleet_step_none;
    volatile int error = 0;
    sigset_t none;
    sigemptyset(&none);
    struct cfleet_spawned spawned;
    spawned.pid = vfork();
    if (spawned.pid == 0) {
        setsid();
        if (dup2(program->input, 0) < 0 || dup2(program->output, 1) < 0 || dup2(program->output, 2) < 0) {
            error = errno;
            step = cfleet_step_descriptors;
            _exit(127);
        }
        if (chdir(program->directory) != 0) {
            error = errno;
            step = cfleet_step_directory;
            _exit(127);
        }
        sigprocmask(SIG_SETMASK, &none, NULL);
        int refused = 0;
        int last = ENOENT;
        for (char *const *path = program->paths; *path != NULL; path++) {
            execve(*path, program->arguments, program->environment);
            last = errno;
            if (last == EACCES) { refused = 1; }
            if (last != EACCES && last != ENOENT && last != ENOTDIR && last != ENAMETOOLONG) { break; }
        }
        error = (last == ENOENT || last == ENOTDIR || last == ENAMETOOLONG) && refused ? EACCES : last;
        step = cfleet_step_execute;
        _exit(127);
    }
    if (spawned.pid < 0) {
        error = errno;
        step = cfleet_step_fork;
    }
    spawned.step = step;
    spawned.error = error;
    return spawned;
}
