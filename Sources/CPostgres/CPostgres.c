// Functions with libpq's names that pass their arguments on to the library that was loaded.

// libpq's header includes it, and it must not come to be hidden.
#include <stdio.h>

#include <dlfcn.h>
#include <pthread.h>

// libpq itself, and whoever else loads it, must not meet the functions below.
#pragma GCC visibility push(hidden)
#include "CPostgres.h"
#pragma GCC visibility pop

// F: result, name, parameters, arguments. P: the same for functions that return nothing.
#define FUNCTIONS(F, P)                                                                                                \
    F(PGconn *, PQconnectdb, (const char *a), (a))                                                                     \
    F(PGconn *, PQconnectStartParams, (const char *const *a, const char *const *b, int c), (a, b, c))                  \
    F(PostgresPollingStatusType, PQconnectPoll, (PGconn * a), (a))                                                     \
    P(PQfinish, (PGconn * a), (a))                                                                                     \
    F(ConnStatusType, PQstatus, (const PGconn *a), (a))                                                                \
    F(int, PQsocket, (const PGconn *a), (a))                                                                           \
    F(int, PQbackendPID, (const PGconn *a), (a))                                                                       \
    F(int, PQserverVersion, (const PGconn *a), (a))                                                                    \
    F(const char *, PQparameterStatus, (const PGconn *a, const char *b), (a, b))                                       \
    F(char *, PQerrorMessage, (const PGconn *a), (a))                                                                  \
    F(PGVerbosity, PQsetErrorVerbosity, (PGconn * a, PGVerbosity b), (a, b))                                           \
    F(PQnoticeReceiver, PQsetNoticeReceiver, (PGconn * a, PQnoticeReceiver b, void *c), (a, b, c))                     \
    F(int, PQsetnonblocking, (PGconn * a, int b), (a, b))                                                              \
    F(int, PQenterPipelineMode, (PGconn * a), (a))                                                                     \
    F(int, PQpipelineSync, (PGconn * a), (a))                                                                          \
    F(int, PQsetSingleRowMode, (PGconn * a), (a))                                                                      \
    F(PGresult *, PQexec, (PGconn * a, const char *b), (a, b))                                                         \
    F(int, PQsendPrepare, (PGconn * a, const char *b, const char *c, int d, const Oid *e), (a, b, c, d, e))            \
    F(int, PQsendQueryParams,                                                                                          \
      (PGconn * a, const char *b, int c, const Oid *d, const char *const *e, const int *f, const int *g, int h),       \
      (a, b, c, d, e, f, g, h))                                                                                        \
    F(int, PQsendQueryPrepared,                                                                                        \
      (PGconn * a, const char *b, int c, const char *const *d, const int *e, const int *f, int g),                     \
      (a, b, c, d, e, f, g))                                                                                           \
    F(int, PQflush, (PGconn * a), (a))                                                                                 \
    F(int, PQconsumeInput, (PGconn * a), (a))                                                                          \
    F(int, PQisBusy, (PGconn * a), (a))                                                                                \
    F(PGresult *, PQgetResult, (PGconn * a), (a))                                                                      \
    F(PGnotify *, PQnotifies, (PGconn * a), (a))                                                                       \
    P(PQfreemem, (void *a), (a))                                                                                       \
    P(PQclear, (PGresult * a), (a))                                                                                    \
    F(ExecStatusType, PQresultStatus, (const PGresult *a), (a))                                                        \
    F(char *, PQresultErrorMessage, (const PGresult *a), (a))                                                          \
    F(char *, PQresultErrorField, (const PGresult *a, int b), (a, b))                                                  \
    F(char *, PQcmdStatus, (PGresult * a), (a))                                                                        \
    F(char *, PQcmdTuples, (PGresult * a), (a))                                                                        \
    F(int, PQntuples, (const PGresult *a), (a))                                                                        \
    F(int, PQnfields, (const PGresult *a), (a))                                                                        \
    F(char *, PQfname, (const PGresult *a, int b), (a, b))                                                             \
    F(Oid, PQftype, (const PGresult *a, int b), (a, b))                                                                \
    F(char *, PQgetvalue, (const PGresult *a, int b, int c), (a, b, c))                                                \
    F(int, PQgetlength, (const PGresult *a, int b, int c), (a, b, c))                                                  \
    F(int, PQgetisnull, (const PGresult *a, int b, int c), (a, b, c))

static struct {
#define POINTER(result, name, parameters, arguments) result(*name) parameters;
#define PLAIN_POINTER(name, parameters, arguments) void(*name) parameters;
    FUNCTIONS(POINTER, PLAIN_POINTER)
} library;

#define FORWARD(result, name, parameters, arguments)                                                                   \
    result name parameters { return library.name arguments; }
#define PLAIN_FORWARD(name, parameters, arguments)                                                                     \
    void name parameters { library.name arguments; }
FUNCTIONS(FORWARD, PLAIN_FORWARD)

static char problem[512];

static void *open_library(void) {
#ifdef __APPLE__
    static const char *const places[] = {
        "libpq.5.dylib",
        "/opt/homebrew/opt/libpq/lib/libpq.5.dylib",
        "/usr/local/opt/libpq/lib/libpq.5.dylib",
    };
#else
    static const char *const places[] = {"libpq.so.5"};
#endif
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        void *handle = dlopen(places[i], RTLD_NOW | RTLD_LOCAL);
        if (handle) return handle;
    }
    return NULL;
}

static void load(void) {
    void *handle = open_library();
    if (!handle) {
        const char *reason = dlerror();
        snprintf(problem, sizeof problem,
                 "PostgreSQL's client library is missing (%s). On Debian and Ubuntu: apt-get install libpq5",
                 reason ? reason : "no reason given");
        return;
    }
    const char *missing = NULL;
#define FIND(result, name, parameters, arguments)                                                                      \
    if (!(library.name = (result(*) parameters)dlsym(handle, #name))) missing = #name;
#define PLAIN_FIND(name, parameters, arguments)                                                                        \
    if (!(library.name = (void (*) parameters)dlsym(handle, #name))) missing = #name;
    FUNCTIONS(FIND, PLAIN_FIND)
    if (missing) {
        snprintf(problem, sizeof problem,
                 "PostgreSQL's client library is too old: it has no '%s'. Expected libpq of PostgreSQL 14 or later.", missing);
    }
}

const char *cpostgres_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return problem[0] ? problem : NULL;
}
