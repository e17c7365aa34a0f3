#ifndef CSPAWN_H
#define CSPAWN_H

#include <sys/types.h>

/// Starts a program with three streams and nothing else that is open, and with signals as a shell would give them.
///
/// In C because glibc declares what this needs only for _GNU_SOURCE, without which Swift imports it.
///
/// - file: a path, or a name that is looked for in PATH.
/// - arguments, environment: each ends with NULL.
/// - descriptors: what becomes the child's standard input, output and error.
/// - folder: where the child works; NULL for where the caller works.
/// Returns 0, or what posix_spawn(3) says was wrong.
int cspawn_start(pid_t *process, const char *file, char *const arguments[], char *const environment[],
                 const int descriptors[3], const char *folder);

#endif
