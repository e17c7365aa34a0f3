// What Linux knows of threads and Swift cannot call: `syscall` and `prctl` take a variable number of arguments.
#pragma once

#if defined(__linux__)
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// The first version of the kernel's structure, as sched_setattr(2) describes it.
struct dragoman_sched_attr {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

// Names the thread that calls: the first 15 bytes are kept.
static inline void dragoman_name_thread(const char *name) { prctl(PR_SET_NAME, name); }

// Adds to the niceness of the thread that calls, and sets how many nanoseconds it runs before others have their turn. Kernels
// before 6.12 have no such slices of ordinary threads, and ignore them; where the call is not allowed at all, the niceness
// alone is set. On Linux a niceness is the thread's, not the process's (sched(7)).
static inline void dragoman_step_back(int added, uint64_t slice) {
    int niceness = getpriority(PRIO_PROCESS, 0) + added;
    if (niceness > 19) niceness = 19;
    struct dragoman_sched_attr attributes = {.size = sizeof(attributes), .nice = niceness, .runtime = slice};
    if (syscall(SYS_sched_setattr, 0, &attributes, 0) != 0) setpriority(PRIO_PROCESS, 0, niceness);
}
#endif
