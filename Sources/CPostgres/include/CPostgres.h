#pragma once
// libpq, PostgreSQL's own client library, loaded when it is first needed: it brings a dozen libraries with it (LDAP,
// Kerberos, GnuTLS), and whoever keeps everything in SQLite neither installs nor loads them. The functions keep libpq's names and
// declarations; those that Dragoman uses are in `CPostgres.c`, and no others may be called. Nothing of it is variadic.

// Debian and its kin have a folder of PostgreSQL's own.
#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif

/// Loads libpq. To be called before any of its functions; again and from any thread at will.
/// - Returns: NULL once it is loaded, else what is wrong, for ever the same.
const char *cpostgres_load(void);
