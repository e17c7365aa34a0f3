#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CSpawn.h"

#include <signal.h>
#include <spawn.h>

/// The streams, the folder, and on Linux the closing of everything else; macOS does that by a flag.
static int set_actions(posix_spawn_file_actions_t *actions, const int descriptors[3], const char *folder) {
    int code = 0;
    for (int number = 0; number < 3 && code == 0; number++) {
        code = posix_spawn_file_actions_adddup2(actions, descriptors[number], number);
    }
    if (code == 0 && folder) code = posix_spawn_file_actions_addchdir_np(actions, folder);
#ifndef __APPLE__
    if (code == 0) code = posix_spawn_file_actions_addclosefrom_np(actions, 3);
#endif
    return code;
}

/// Threads of Swift's pool block most signals, and whoever writes to pipes ignores SIGPIPE: children would inherit both.
static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
#ifdef __APPLE__
    flags |= POSIX_SPAWN_CLOEXEC_DEFAULT;
#endif
    int code = posix_spawnattr_setsigmask(attributes, &none);
    if (code == 0) code = posix_spawnattr_setsigdefault(attributes, &defaults);
    if (code == 0) code = posix_spawnattr_setflags(attributes, flags);
    return code;
}

int cspawn_start(pid_t *process, const char *file, char *const arguments[], char *const environment[],
                 const int descriptors[3], const char *folder) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int code = posix_spawn_file_actions_init(&actions);
    if (code != 0) return code;
    code = posix_spawnattr_init(&attributes);
    if (code == 0) {
        code = set_actions(&actions, descriptors, folder);
        if (code == 0) code = set_attributes(&attributes);
        if (code == 0) code = posix_spawnp(process, file, &actions, &attributes, arguments, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return code;
}
