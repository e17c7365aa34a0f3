/// Attention of the NEON table.
#if defined(__aarch64__)
#include "kernels_neon.h"

// MARK: Transposition

/// Transposes 4 × 4 floats.
NEON_INLINE void transpose_4x4(float32x4_t v[4]) {
    float64x2_t low[2], high[2];
    low[0] = vreinterpretq_f64_f32(vtrn1q_f32(v[0], v[1]));
    low[1] = vreinterpretq_f64_f32(vtrn2q_f32(v[0], v[1]));
    high[0] = vreinterpretq_f64_f32(vtrn1q_f32(v[2], v[3]));
    high[1] = vreinterpretq_f64_f32(vtrn2q_f32(v[2], v[3]));
#pragma unroll
    for (int i = 0; i < 2; i++) {
        v[i] = vreinterpretq_f32_f64(vtrn1q_f64(low[i], high[i]));
        v[i + 2] = vreinterpretq_f32_f64(vtrn2q_f64(low[i], high[i]));
    }
}

void ck_neon_transpose(size_t s, size_t width, const float *x, size_t ldx, float *out, size_t lds) {
    for (size_t d = 0; d < width; d += 4) {
        size_t columns = width - d < 4 ? width - d : 4;
        for (size_t j = 0; j < lds; j += 4) {
            float32x4_t block[4];
            for (size_t i = 0; i < 4; i++)
                block[i] = j + i < s ? load_first(columns, x + (j + i) * ldx + d, 0) : vdupq_n_f32(0);
            transpose_4x4(block);
            for (size_t i = 0; i < columns; i++) vst1q_f32(out + (d + i) * lds + j, block[i]);
        }
    }
}

// MARK: Softmax

/// Turns n scores into weights, softmax(scale · scores). Vectors are summed in order, then the lanes of the sum.
NEON_INLINE void softmax(size_t n, float scale, float *scores) {
    float32x4_t largest = vdupq_n_f32(-INFINITY), sum = vdupq_n_f32(0);
    for (size_t j = 0; j < n; j++) scores[j] *= scale;
    for (size_t j = 0; j < n; j += 4) largest = vmaxq_f32(largest, load_first(n - j, scores + j, -INFINITY));
    const float32x4_t shift = vdupq_n_f32(vmaxvq_f32(largest));
    for (size_t j = 0; j < n; j += 4) {
        float32x4_t weight = exponential(vsubq_f32(load_first(n - j, scores + j, -INFINITY), shift));
        store_first(n - j, scores + j, weight);
        sum = vaddq_f32(sum, weight);
    }
    const float share = 1 / vaddvq_f32(sum);
    for (size_t j = 0; j < n; j++) scores[j] *= share;
}

// MARK: Shared keys

typedef struct {
    size_t s, width, ldq, lds, ldv, ldo;
    float scale;
    const float *queries, *keys, *values;
    float *weights, *out;
} shared_attention;

/// Stores a tile of 16 columns.
NEON_INLINE void store_tile(int rows, float32x4_t sums[rows][4], float *to, size_t stride) {
#pragma unroll
    for (int r = 0; r < rows; r++)
#pragma unroll
        for (int j = 0; j < 4; j++) vst1q_f32(to + (size_t)r * stride + 4 * (size_t)j, sums[r][j]);
}

/// Scores of a few rows against every key, padding included.
NEON_INLINE void shared_scores(int rows, const shared_attention *p, size_t row) {
    for (size_t j = 0; j < p->lds; j += 16) {
        float32x4_t sums[rows][4];
        product_tile(rows, 4, p->width, p->queries + row * p->ldq, p->ldq, p->keys + j, p->lds, sums);
        store_tile(rows, sums, p->weights + row * p->lds + j, p->lds);
    }
}

/// Weighted sums of the values' columns from `from` on that do not fill four vectors.
NEON_INLINE void shared_values_tail(int rows, const shared_attention *p, size_t row, size_t from) {
    for (size_t d = from; d < p->width; d += 4) {
        float32x4_t sums[rows];
#pragma unroll
        for (int r = 0; r < rows; r++) sums[r] = vdupq_n_f32(0);
        for (size_t t = 0; t < p->s; t++) {
            float32x4_t value = load_first(p->width - d, p->values + t * p->ldv + d, 0);
#pragma unroll
            for (int r = 0; r < rows; r++)
                sums[r] = vfmaq_n_f32(sums[r], value, p->weights[(row + (size_t)r) * p->lds + t]);
        }
#pragma unroll
        for (int r = 0; r < rows; r++) store_first(p->width - d, p->out + (row + (size_t)r) * p->ldo + d, sums[r]);
    }
}

NEON_INLINE void shared_values(int rows, const shared_attention *p, size_t row) {
    size_t d = 0;
    for (; d + 16 <= p->width; d += 16) {
        float32x4_t sums[rows][4];
        product_tile(rows, 4, p->s, p->weights + row * p->lds, p->lds, p->values + d, p->ldv, sums);
        store_tile(rows, sums, p->out + row * p->ldo + d, p->ldo);
    }
    shared_values_tail(rows, p, row, d);
}

NEON_INLINE void shared_rows(int rows, const shared_attention *p, size_t row) {
    shared_scores(rows, p, row);
    for (size_t r = row; r < row + (size_t)rows; r++) {
        float *weights = p->weights + r * p->lds;
        softmax(p->s, p->scale, weights);
        for (size_t j = p->s; j < p->lds; j++) weights[j] = 0;
    }
    shared_values(rows, p, row);
}

void ck_neon_attend_shared(size_t m, size_t s, size_t width, float scale, const float *queries, size_t ldq,
                           const float *keys, size_t lds, const float *values, size_t ldv, float *weights, float *out,
                           size_t ldo) {
    shared_attention p = {s, width, ldq, lds, ldv, ldo, scale, queries, keys, values, weights, out};
    size_t row = 0;
    for (; row + 4 <= m; row += 4) shared_rows(4, &p, row);
    for (; row < m; row++) shared_rows(1, &p, row);
}

// MARK: Cached keys

/// query · key for four keys, each reduced as if it were alone: lane by lane, then across lanes.
NEON_INLINE float32x4_t four_dots(size_t width, const float *query, const float *const keys[4]) {
    float32x4_t sums[4] = {vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0)};
    for (size_t d = 0; d < width; d += 4) {
        float32x4_t part = load_first(width - d, query + d, 0);
#pragma unroll
        for (int i = 0; i < 4; i++) sums[i] = vfmaq_f32(sums[i], part, load_first(width - d, keys[i] + d, 0));
    }
    return vpaddq_f32(vpaddq_f32(sums[0], sums[1]), vpaddq_f32(sums[2], sums[3]));
}

/// Σ_t weights[t] · values[rows[t]], for 16 columns at once or for the last 1…4.
NEON_INLINE void cached_values(int vectors, size_t width, size_t length, const float *weights, const float *values,
                               size_t ld, const int32_t *rows, float *out) {
    float32x4_t sums[vectors];
#pragma unroll
    for (int j = 0; j < vectors; j++) sums[j] = vdupq_n_f32(0);
    for (size_t t = 0; t < length; t++) {
        const float *value = values + (size_t)rows[t] * ld;
#pragma unroll
        for (int j = 0; j < vectors; j++)
            sums[j] = vfmaq_n_f32(sums[j], load_first(width, value + 4 * j, 0), weights[t]);
    }
#pragma unroll
    for (int j = 0; j < vectors; j++) store_first(width, out + 4 * j, sums[j]);
}

void ck_neon_attend_cached(size_t length, size_t heads, size_t width, float scale, const float *query,
                           const float *keys, const float *values, size_t ld, const int32_t *rows, float *scores,
                           float *out) {
    if (length == 0) return;
    for (size_t head = 0; head < heads; head++, query += width, keys += width, values += width, out += width) {
        for (size_t t = 0; t < length; t += 4) {
            const float *four[4];  // past the end the last key again: `scores` has room for its result
            for (size_t i = 0; i < 4; i++) four[i] = keys + (size_t)rows[t + i < length ? t + i : length - 1] * ld;
            vst1q_f32(scores + t, four_dots(width, query, four));
        }
        softmax(length, scale, scores);
        size_t d = 0;
        for (; d + 16 <= width; d += 16) cached_values(4, 4, length, scores, values + d, ld, rows, out + d);
        for (; d < width; d += 4) cached_values(1, width - d, length, scores, values + d, ld, rows, out + d);
    }
}
#endif
