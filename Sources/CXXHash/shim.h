#pragma once
// Header-only use: XXH_INLINE_ALL keeps the hash inside the binary, so nothing has to be linked or found at run time.
// It also renames xxHash's functions by macro, which Swift does not see; hence wrappers.
#define XXH_INLINE_ALL
#include <xxhash.h>

/// A running 128-bit XXH3 hash; NULL where memory is short. Free it with `dragoman_hash_free`.
static inline XXH3_state_t *dragoman_hash_new(void) {
    XXH3_state_t *state = XXH3_createState();
    if (state) XXH3_128bits_reset(state);
    return state;
}

static inline void dragoman_hash_update(XXH3_state_t *state, const void *bytes, size_t count) {
    XXH3_128bits_update(state, bytes, count);
}

static inline void dragoman_hash_digest(const XXH3_state_t *state, uint64_t *high, uint64_t *low) {
    XXH128_hash_t hash = XXH3_128bits_digest(state);
    *high = hash.high64;
    *low = hash.low64;
}

static inline void dragoman_hash_free(XXH3_state_t *state) { XXH3_freeState(state); }
