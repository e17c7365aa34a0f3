#pragma once
// hiredis, Redis's own client library: its connection, its writer of commands and its reader of replies, with objects of
// our own. Nothing that is used of it is variadic.
// Debian has a folder for it; elsewhere pkg-config tells where it is.
#if __has_include(<hiredis/hiredis.h>)
#include <hiredis/hiredis.h>
#else
#include <hiredis.h>
#endif

#if HIREDIS_MAJOR >= 1
static void *credis_no_double(const redisReadTask *task, double value, char *text, size_t length) {
    (void)task, (void)value, (void)text, (void)length;
    return NULL;
}

static void *credis_no_bool(const redisReadTask *task, int value) {
    (void)task, (void)value;
    return NULL;
}
#endif

// Has replies of RESP3, which is never asked for, count as errors. Where these functions are missing, hiredis 1 puts
// numbers in place of pointers to objects.
static inline void credis_refuse_newer_types(redisReplyObjectFunctions *functions) {
#if HIREDIS_MAJOR >= 1
    functions->createDouble = credis_no_double;
    functions->createBool = credis_no_bool;
#else
    (void)functions;
#endif
}
