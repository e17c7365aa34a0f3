#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// libsentencepiece behind a C interface. No exception leaves these functions. Errors are written as text, cut to
// `error_capacity` bytes including the terminating zero.
//
// The library trusts its input: hand over only bytes that were checked (see SentencePieceModel.swift).

typedef struct csp_model csp_model;

// Pieces one after the other in `bytes`, without separators; `lengths[i]` is the number of bytes of piece i.
// Everything lies in one block, released with csp_pieces_free.
typedef struct {
    size_t count;
    const uint32_t *lengths;
    const uint8_t *bytes;
} csp_pieces;

// Builds a model from a serialized ModelProto, which is copied. NULL on failure.
csp_model *csp_open(const void *proto, size_t count, char *error, size_t error_capacity);
void csp_close(csp_model *model);

// Cuts UTF-8 text into pieces. May be called on one model from any number of threads at once.
// 0 on success; otherwise `pieces` is left empty.
int csp_encode(const csp_model *model, const char *text, size_t count, csp_pieces *pieces, char *error,
               size_t error_capacity);
void csp_pieces_free(csp_pieces *pieces);

#ifdef __cplusplus
}
#endif
