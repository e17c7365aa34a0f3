#pragma once
// libpq, PostgreSQL's own client library. Nothing that is used of it is variadic.
#include <libpq-fe.h>
