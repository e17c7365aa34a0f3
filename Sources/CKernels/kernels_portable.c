/// The kernels in plain C: the reference for the other tables and the fallback where none of them runs.
///
/// Reductions run in ascending order with a multiplication and an addition per term, because a fused multiply-add
/// without hardware support is a slow library call; exponentials come from the C library. Other tables fuse, sum in
/// several lanes and approximate the exponential, so floating-point results differ between tables within rounding.
#include "kernels.h"
#include "scan.h"
#include <string.h>

#pragma clang fp contract(off)

enum { BLOCK = 32 };  // columns held in registers at once

static inline float finished(float value, int flags, float previous) {
    if (flags & CK_RELU) value = value > 0 ? value : 0;
    return flags & CK_ACCUMULATE ? previous + value : value;
}

// MARK: Matrix products

static void gemm_s8(size_t m, size_t panels, size_t k_padded, const uint8_t *a, size_t lda, const float *a_scale,
                    const int8_t *b, const int32_t *b_sums, const float *b_scale, const float *bias, int flags,
                    float *c, size_t ldc) {
    for (size_t panel = 0; panel < panels; panel++) {
        const int8_t *packed = b + panel * CK_PANEL * k_padded;
        for (size_t row = 0; row < m; row++) {
            int32_t sums[CK_PANEL] = {0};
            for (size_t k = 0; k < k_padded; k += 4) {
                const uint8_t *from = a + row * lda + k;
                const int8_t *columns = packed + k * CK_PANEL;
                for (size_t j = 0; j < CK_PANEL; j++)
                    sums[j] += from[0] * columns[4 * j] + from[1] * columns[4 * j + 1] + from[2] * columns[4 * j + 2]
                               + from[3] * columns[4 * j + 3];
            }
            for (size_t j = 0; j < CK_PANEL; j++) {
                size_t column = panel * CK_PANEL + j;
                float sum = (float)(sums[j] - b_sums[column]);
                float value = sum * (a_scale[row] * b_scale[column]) + bias[column];
                c[row * ldc + column] = finished(value, flags, flags & CK_ACCUMULATE ? c[row * ldc + column] : 0);
            }
        }
    }
}

static void gemm_f32(size_t m, size_t panels, size_t k, const float *a, size_t lda, const float *b, const float *bias,
                     int flags, float *c, size_t ldc) {
    for (size_t first = 0; first < panels * CK_PANEL; first += BLOCK) {
        const float *packed = b + first / CK_PANEL * CK_PANEL * k + first % CK_PANEL;
        for (size_t row = 0; row < m; row++) {
            float sums[BLOCK] = {0};
            for (size_t i = 0; i < k; i++)
                for (size_t j = 0; j < BLOCK; j++) sums[j] += a[row * lda + i] * packed[i * CK_PANEL + j];
            float *to = c + row * ldc + first;
            for (size_t j = 0; j < BLOCK; j++)
                to[j] = finished(sums[j] + bias[first + j], flags, flags & CK_ACCUMULATE ? to[j] : 0);
        }
    }
}

// MARK: Rows

static void quantize_rows(size_t m, size_t k, size_t k_padded, const float *x, size_t ldx, uint8_t *q, size_t ldq,
                          float *scale) {
    for (size_t row = 0; row < m; row++, x += ldx, q += ldq) {
        float largest = 0;
        for (size_t i = 0; i < k; i++) largest = fabsf(x[i]) > largest ? fabsf(x[i]) : largest;
        float factor = 127 / largest;
        int usable = factor <= FLT_MAX;  // not for zeros, nor for a row so small that the factor overflows
        scale[row] = usable ? largest / 127 : 0;
        for (size_t i = 0; i < k; i++) {
            float value = usable ? rintf(x[i] * factor) : 0;
            q[i] = (uint8_t)(128 + (int)(value > 127 ? 127 : value >= -127 ? value : -127));
        }
        memset(q + k, 128, k_padded - k);
    }
}

static void dequantize_row(size_t n, const int8_t *q, float factor, const float *addend, float *out) {
    for (size_t j = 0; j < n; j++) out[j] = (float)q[j] * factor + (addend ? addend[j] : 0);
}

static void scale_row(size_t n, const float *x, float factor, const float *addend, float *out) {
    for (size_t j = 0; j < n; j++) out[j] = x[j] * factor + (addend ? addend[j] : 0);
}

static void layer_norm(size_t m, size_t n, const float *x, size_t ldx, const float *gamma, const float *beta,
                       float epsilon, float *out, size_t ldo) {
    for (size_t row = 0; row < m; row++, x += ldx, out += ldo) {
        float sum = 0, squares = 0;
        for (size_t j = 0; j < n; j++) sum += x[j];
        float mean = sum / (float)n;
        for (size_t j = 0; j < n; j++) squares += (x[j] - mean) * (x[j] - mean);
        float factor = 1 / sqrtf(squares / (float)n + epsilon);
        for (size_t j = 0; j < n; j++) out[j] = (x[j] - mean) * factor * gamma[j] + beta[j];
    }
}

static void rms_norm(size_t m, size_t n, const float *x, size_t ldx, const float *gamma, float epsilon, float *out,
                     size_t ldo) {
    for (size_t row = 0; row < m; row++, x += ldx, out += ldo) {
        float squares = 0;
        for (size_t j = 0; j < n; j++) squares += x[j] * x[j];
        float factor = 1 / sqrtf(squares / (float)n + epsilon);
        for (size_t j = 0; j < n; j++) out[j] = x[j] * factor * gamma[j];
    }
}

// MARK: Elements

static float sigmoid(float x) { return 1 / (1 + expf(-x)); }

static float activated(ck_activation f, float x) {
    const float root_half = 0.70710678f, root_two_over_pi = 0.79788456f;
    switch (f) {
    case CK_ACT_RELU: return x > 0 ? x : 0;
    case CK_ACT_GELU: return 0.5f * x * erfcf(-x * root_half);
    case CK_ACT_GELU_TANH: return 0.5f * x * (1 + tanhf(root_two_over_pi * (x + 0.044715f * x * x * x)));
    case CK_ACT_GELU_SIGMOID: return x * sigmoid(1.702f * x);
    case CK_ACT_SWISH: return x * sigmoid(x);
    case CK_ACT_TANH: return tanhf(x);
    case CK_ACT_SIGMOID: return sigmoid(x);
    default: return x;
    }
}

static void activate(ck_activation f, size_t n, float *x) {
    for (size_t i = 0; i < n; i++) x[i] = activated(f, x[i]);
}

static void multiply(size_t n, float *x, const float *y) {
    for (size_t i = 0; i < n; i++) x[i] *= y[i];
}

// MARK: Attention

static void transpose(size_t s, size_t width, const float *x, size_t ldx, float *out, size_t lds) {
    for (size_t d = 0; d < width; d++)
        for (size_t j = 0; j < lds; j++) out[d * lds + j] = j < s ? x[j * ldx + d] : 0;
}

/// Turns n scores into weights: softmax(scale · scores).
static void softmax(size_t n, float scale, float *scores) {
    float largest = -INFINITY, sum = 0;
    for (size_t j = 0; j < n; j++) {
        scores[j] *= scale;
        if (scores[j] > largest) largest = scores[j];
    }
    for (size_t j = 0; j < n; j++) {
        scores[j] = expf(scores[j] - largest);
        sum += scores[j];
    }
    for (size_t j = 0; j < n; j++) scores[j] /= sum;
}

static void attend_shared(size_t m, size_t s, size_t width, float scale, const float *queries, size_t ldq,
                          const float *keys, size_t lds, const float *values, size_t ldv, float *weights, float *out,
                          size_t ldo) {
    for (size_t row = 0; row < m; row++, queries += ldq, weights += lds, out += ldo) {
        memset(weights, 0, lds * sizeof *weights);
        for (size_t d = 0; d < width; d++)
            for (size_t j = 0; j < s; j++) weights[j] += queries[d] * keys[d * lds + j];
        softmax(s, scale, weights);
        memset(out, 0, width * sizeof *out);
        for (size_t j = 0; j < s; j++)
            for (size_t d = 0; d < width; d++) out[d] += weights[j] * values[j * ldv + d];
    }
}

static void attend_cached(size_t length, size_t heads, size_t width, float scale, const float *query,
                          const float *keys, const float *values, size_t ld, const int32_t *rows, float *scores,
                          float *out) {
    for (size_t head = 0; head < heads; head++, query += width, keys += width, values += width, out += width) {
        for (size_t t = 0; t < length; t++) {
            const float *key = keys + (size_t)rows[t] * ld;
            scores[t] = 0;
            for (size_t d = 0; d < width; d++) scores[t] += query[d] * key[d];
        }
        softmax(length, scale, scores);
        memset(out, 0, width * sizeof *out);
        for (size_t t = 0; t < length; t++) {
            const float *value = values + (size_t)rows[t] * ld;
            for (size_t d = 0; d < width; d++) out[d] += scores[t] * value[d];
        }
    }
}

// MARK: Logits

static void scan_logits(size_t n, const float *logits, int32_t first_id, int with_sum, ck_row_scan *state) {
    float largest = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (logits[i] > ck_scan_threshold(state)) ck_scan_insert(state, logits[i], first_id + (int32_t)i);
        if (logits[i] > -FLT_MAX && logits[i] > largest) largest = logits[i];
    }
    if (!with_sum || largest == -INFINITY) return;
    if (largest > state->maximum) {
        state->sum *= expf(state->maximum - largest);
        state->maximum = largest;
    }
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        if (logits[i] > -FLT_MAX) sum += expf(logits[i] - state->maximum);
    state->sum += sum;
}

const ck_kernels ck_kernels_portable = {
    .isa = CK_ISA_PORTABLE,
    .name = "portable",
    .gemm_s8 = gemm_s8,
    .gemm_f32 = gemm_f32,
    .quantize_rows = quantize_rows,
    .dequantize_row = dequantize_row,
    .scale_row = scale_row,
    .layer_norm = layer_norm,
    .rms_norm = rms_norm,
    .activate = activate,
    .multiply = multiply,
    .transpose = transpose,
    .attend_shared = attend_shared,
    .attend_cached = attend_cached,
    .scan_logits = scan_logits,
};
