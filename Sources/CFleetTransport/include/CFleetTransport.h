#ifndef CFLEETTRANSPORT_H
#define CFLEETTRANSPORT_H

#include <spawn.h>

/// A pipe whose ends no program that is run inherits: pipe2(2) with O_CLOEXEC, or what stands for it.
int cfleet_channel_pipe(int ends[2]);

/// The child keeps no descriptor from `first` on. Returns an error number.
int cfleet_close_from(posix_spawn_file_actions_t *actions, int first);

/// The flags by which the child gets a session of its own.
short cfleet_session_flags(void);

#endif
