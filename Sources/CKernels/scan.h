#pragma once
/// What the tables share of `scan_logits`. Not part of the module's interface.
#include "CKernels.h"
#include <float.h>
#include <math.h>

/// The value a logit must exceed to enter the k best.
static inline float ck_scan_threshold(const ck_row_scan *state) {
    return state->k > 0 ? state->values[state->k - 1] : INFINITY;
}

/// Enters a logit above the threshold into the k best. Ids come in ascending order, so an equal value that is already
/// there has the smaller one and stays in front.
static inline void ck_scan_insert(ck_row_scan *state, float value, int32_t id) {
    if (!(value > -FLT_MAX)) return;
    int32_t at = state->k - 1;
    for (; at > 0 && state->values[at - 1] < value; at--) {
        state->values[at] = state->values[at - 1];
        state->ids[at] = state->ids[at - 1];
    }
    state->values[at] = value;
    state->ids[at] = id;
}
