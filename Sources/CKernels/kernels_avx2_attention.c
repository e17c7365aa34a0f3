/// Attention of the AVX2 table.
#if defined(__x86_64__)
#include "kernels_avx2.h"

// MARK: Transposition

/// Transposes 8 × 8 floats.
AVX2_INLINE void transpose_8x8(__m256 v[8]) {
    __m256 pairs[8], fours[8];
#pragma unroll
    for (int i = 0; i < 8; i += 2) {
        pairs[i] = _mm256_unpacklo_ps(v[i], v[i + 1]);
        pairs[i + 1] = _mm256_unpackhi_ps(v[i], v[i + 1]);
    }
#pragma unroll
    for (int i = 0; i < 8; i += 4) {
        fours[i] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0x44);
        fours[i + 1] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0xee);
        fours[i + 2] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0x44);
        fours[i + 3] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0xee);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
        v[i] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x20);
        v[i + 4] = _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x31);
    }
}

AVX2 void ck_avx2_transpose(size_t s, size_t width, const float *x, size_t ldx, float *out, size_t lds) {
    for (size_t d = 0; d < width; d += 8) {
        size_t columns = width - d < 8 ? width - d : 8;
        __m256i mask = first_lanes(columns);
        for (size_t j = 0; j < lds; j += 8) {
            __m256 block[8];
            for (size_t i = 0; i < 8; i++)
                block[i] = j + i < s ? _mm256_maskload_ps(x + (j + i) * ldx + d, mask) : _mm256_setzero_ps();
            transpose_8x8(block);
            for (size_t i = 0; i < columns; i++) _mm256_storeu_ps(out + (d + i) * lds + j, block[i]);
        }
    }
}

// MARK: Softmax

/// Turns n scores into weights, softmax(scale · scores). Vectors are summed in order, then the lanes of the sum.
AVX2_INLINE void softmax(size_t n, float scale, float *scores) {
    const __m256 lowest = _mm256_set1_ps(-INFINITY), factor = _mm256_set1_ps(scale);
    __m256 largest = lowest, sum = _mm256_setzero_ps();
    for (size_t j = 0; j < n; j += 8) {
        __m256i mask = first_lanes(n - j);
        __m256 score = _mm256_mul_ps(_mm256_maskload_ps(scores + j, mask), factor);
        _mm256_maskstore_ps(scores + j, mask, score);
        largest = _mm256_max_ps(largest, _mm256_blendv_ps(lowest, score, _mm256_castsi256_ps(mask)));
    }
    const __m256 shift = _mm256_set1_ps(horizontal_max(largest));
    for (size_t j = 0; j < n; j += 8) {
        __m256i mask = first_lanes(n - j);
        __m256 weight = exponential(_mm256_sub_ps(_mm256_maskload_ps(scores + j, mask), shift));
        _mm256_maskstore_ps(scores + j, mask, weight);
        sum = _mm256_add_ps(sum, _mm256_and_ps(weight, _mm256_castsi256_ps(mask)));
    }
    const __m256 share = _mm256_set1_ps(1 / horizontal_sum(sum));
    for (size_t j = 0; j < n; j += 8) {
        __m256i mask = first_lanes(n - j);
        _mm256_maskstore_ps(scores + j, mask, _mm256_mul_ps(_mm256_maskload_ps(scores + j, mask), share));
    }
}

// MARK: Shared keys

typedef struct {
    size_t s, width, ldq, lds, ldv, ldo;
    float scale;
    const float *queries, *keys, *values;
    float *weights, *out;
} shared_attention;

/// Scores of a few rows against every key, padding included.
AVX2_INLINE void shared_scores(int rows, const shared_attention *p, size_t row) {
    for (size_t j = 0; j < p->lds; j += 16) {
        __m256 sums[rows][2];
        product_tile(rows, 2, p->width, p->queries + row * p->ldq, p->ldq, p->keys + j, p->lds, sums);
#pragma unroll
        for (int r = 0; r < rows; r++) {
            float *to = p->weights + (row + (size_t)r) * p->lds + j;
            _mm256_storeu_ps(to, sums[r][0]);
            _mm256_storeu_ps(to + 8, sums[r][1]);
        }
    }
}

/// Weighted sums of the values' columns from `from` on that do not fill two vectors.
AVX2_INLINE void shared_values_tail(int rows, const shared_attention *p, size_t row, size_t from) {
    for (size_t d = from; d < p->width; d += 8) {
        __m256i mask = first_lanes(p->width - d);
        __m256 sums[rows];
#pragma unroll
        for (int r = 0; r < rows; r++) sums[r] = _mm256_setzero_ps();
        for (size_t t = 0; t < p->s; t++) {
            __m256 value = _mm256_maskload_ps(p->values + t * p->ldv + d, mask);
#pragma unroll
            for (int r = 0; r < rows; r++) {
                __m256 weight = _mm256_broadcast_ss(p->weights + (row + (size_t)r) * p->lds + t);
                sums[r] = _mm256_fmadd_ps(weight, value, sums[r]);
            }
        }
#pragma unroll
        for (int r = 0; r < rows; r++) _mm256_maskstore_ps(p->out + (row + (size_t)r) * p->ldo + d, mask, sums[r]);
    }
}

AVX2_INLINE void shared_values(int rows, const shared_attention *p, size_t row) {
    size_t d = 0;
    for (; d + 16 <= p->width; d += 16) {
        __m256 sums[rows][2];
        product_tile(rows, 2, p->s, p->weights + row * p->lds, p->lds, p->values + d, p->ldv, sums);
#pragma unroll
        for (int r = 0; r < rows; r++) {
            float *to = p->out + (row + (size_t)r) * p->ldo + d;
            _mm256_storeu_ps(to, sums[r][0]);
            _mm256_storeu_ps(to + 8, sums[r][1]);
        }
    }
    shared_values_tail(rows, p, row, d);
}

AVX2_INLINE void shared_rows(int rows, const shared_attention *p, size_t row) {
    shared_scores(rows, p, row);
    for (size_t r = row; r < row + (size_t)rows; r++) {
        float *weights = p->weights + r * p->lds;
        softmax(p->s, p->scale, weights);
        for (size_t j = p->s; j < p->lds; j++) weights[j] = 0;
    }
    shared_values(rows, p, row);
}

AVX2 void ck_avx2_attend_shared(size_t m, size_t s, size_t width, float scale, const float *queries, size_t ldq,
                                const float *keys, size_t lds, const float *values, size_t ldv, float *weights,
                                float *out, size_t ldo) {
    shared_attention p = {s, width, ldq, lds, ldv, ldo, scale, queries, keys, values, weights, out};
    size_t row = 0;
    for (; row + 6 <= m; row += 6) shared_rows(6, &p, row);
    for (; row + 2 <= m; row += 2) shared_rows(2, &p, row);
    if (row < m) shared_rows(1, &p, row);
}

// MARK: Cached keys

/// query · key for eight keys, each reduced as if it were alone: lane by lane, then across lanes.
AVX2_INLINE __m256 eight_dots(size_t width, const float *query, const float *const keys[8]) {
    __m256 sums[8];
#pragma unroll
    for (int i = 0; i < 8; i++) sums[i] = _mm256_setzero_ps();
    for (size_t d = 0; d < width; d += 8) {
        __m256i mask = first_lanes(width - d);
        __m256 part = _mm256_maskload_ps(query + d, mask);
#pragma unroll
        for (int i = 0; i < 8; i++) sums[i] = _mm256_fmadd_ps(part, _mm256_maskload_ps(keys[i] + d, mask), sums[i]);
    }
    transpose_8x8(sums);
    __m256 low = _mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3]));
    __m256 high = _mm256_add_ps(_mm256_add_ps(sums[4], sums[5]), _mm256_add_ps(sums[6], sums[7]));
    return _mm256_add_ps(low, high);
}

/// Σ_t weights[t] · values[rows[t]], for `vectors` vectors of columns; the mask is for the last one.
AVX2_INLINE void cached_values(int vectors, size_t length, const float *weights, const float *values, size_t ld,
                               const int32_t *rows, __m256i mask, float *out) {
    __m256 sums[vectors];
#pragma unroll
    for (int j = 0; j < vectors; j++) sums[j] = _mm256_setzero_ps();
    for (size_t t = 0; t < length; t++) {
        const float *value = values + (size_t)rows[t] * ld;
        __m256 weight = _mm256_broadcast_ss(weights + t);
#pragma unroll
        for (int j = 0; j < vectors; j++) {
            __m256 part = j + 1 < vectors ? _mm256_loadu_ps(value + 8 * j) : _mm256_maskload_ps(value + 8 * j, mask);
            sums[j] = _mm256_fmadd_ps(weight, part, sums[j]);
        }
    }
#pragma unroll
    for (int j = 0; j + 1 < vectors; j++) _mm256_storeu_ps(out + 8 * j, sums[j]);
    _mm256_maskstore_ps(out + 8 * (vectors - 1), mask, sums[vectors - 1]);
}

AVX2 void ck_avx2_attend_cached(size_t length, size_t heads, size_t width, float scale, const float *query,
                                const float *keys, const float *values, size_t ld, const int32_t *rows, float *scores,
                                float *out) {
    if (length == 0) return;
    for (size_t head = 0; head < heads; head++, query += width, keys += width, values += width, out += width) {
        for (size_t t = 0; t < length; t += 8) {
            const float *eight[8];  // past the end the last key again: `scores` has room for its result
            for (size_t i = 0; i < 8; i++) eight[i] = keys + (size_t)rows[t + i < length ? t + i : length - 1] * ld;
            _mm256_storeu_ps(scores + t, eight_dots(width, query, eight));
        }
        softmax(length, scale, scores);
        size_t d = 0;
        for (; d + 64 <= width; d += 64)
            cached_values(8, length, scores, values + d, ld, rows, first_lanes(8), out + d);
        for (; d < width; d += 8)
            cached_values(1, length, scores, values + d, ld, rows, first_lanes(width - d), out + d);
    }
}
#endif
