#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// fastText's classifier behind a C interface. No exception leaves these functions. Errors are written as text, cut
// to `error_capacity` bytes including the terminating zero.
//
// The library trusts its input: open only files that were checked (see FastTextModelFile.swift).

typedef struct cft_model cft_model;

// NULL on failure.
cft_model *cft_open(const char *path, char *error, size_t error_capacity);
void cft_close(cft_model *model);

// Called once per label, best first. `label` is zero-terminated and valid during the call only.
typedef void (*cft_visitor)(void *context, const char *label, float probability);

// Classifies one line of UTF-8 text and reports every label. May be called on one model from any number of threads
// at once. 0 on success.
int cft_predict(const cft_model *model, const char *text, size_t count, cft_visitor visit, void *context);

#ifdef __cplusplus
}
#endif
