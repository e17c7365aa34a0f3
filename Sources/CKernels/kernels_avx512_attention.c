/// Attention with AVX-512.
#include "kernels_avx512.h"
#if defined(__x86_64__)

/// Softmax of x[0…n), which becomes weights; x[n…padded) becomes 0.
CK_AVX512 CK_INLINE void softmax(float *x, size_t n, size_t padded) {
    __m512 largest = _mm512_set1_ps(-INFINITY);
    for (size_t t = 0; t < n; t += 16)
        largest = _mm512_max_ps(largest, _mm512_mask_loadu_ps(largest, ck_tail(n, t), x + t));
    __m512 shift = _mm512_set1_ps(_mm512_reduce_max_ps(largest) * CK_LOG2E);
    __m512 total = _mm512_setzero_ps();
    for (size_t t = 0; t < padded; t += 16) {
        __mmask16 mask = t >= n ? 0 : ck_tail(n, t);
        __m512 e = ck_exp2(_mm512_fmsub_ps(_mm512_loadu_ps(x + t), _mm512_set1_ps(CK_LOG2E), shift));
        e = _mm512_maskz_mov_ps(mask, e);
        total = _mm512_add_ps(total, e);
        _mm512_storeu_ps(x + t, e);
    }
    __m512 factor = _mm512_set1_ps(1.0f / _mm512_reduce_add_ps(total));
    for (size_t t = 0; t < padded; t += 16) _mm512_storeu_ps(x + t, _mm512_mul_ps(_mm512_loadu_ps(x + t), factor));
}

/// Scores of R queries against every key: weights[i][t] = scale · Σ_j q[i][j] k[j][t], j ascending.
#define SCORES(R)                                                                                                      \
    CK_AVX512 static void scores_##R(size_t lds, size_t width, float scale, const float *q, size_t ldq,                \
                                     const float *keys, float *weights) {                                              \
        for (size_t t = 0; t < lds; t += 16) {                                                                         \
            __m512 acc[R];                                                                                             \
            _Pragma("unroll") for (int i = 0; i < R; i++) acc[i] = _mm512_setzero_ps();                                \
            for (size_t j = 0; j < width; j++) {                                                                       \
                __m512 key = _mm512_loadu_ps(keys + j * lds + t);                                                      \
                _Pragma("unroll") for (int i = 0; i < R; i++)                                                          \
                    acc[i] = _mm512_fmadd_ps(_mm512_set1_ps(q[(size_t)i * ldq + j]), key, acc[i]);                     \
            }                                                                                                          \
            _Pragma("unroll") for (int i = 0; i < R; i++)                                                              \
                _mm512_storeu_ps(weights + (size_t)i * lds + t, _mm512_mul_ps(acc[i], _mm512_set1_ps(scale)));         \
        }                                                                                                              \
    }                                                                                                                  \
    /* out[i][j] = Σ_t weights[i][t] v[t][j], t ascending. */                                                          \
    CK_AVX512 static void mix_##R(size_t s, size_t lds, size_t width, const float *weights, const float *values,       \
                                  size_t ldv, float *out, size_t ldo) {                                                \
        for (size_t j = 0; j < width; j += 16) {                                                                       \
            __mmask16 mask = ck_tail(width, j);                                                                        \
            __m512 acc[R];                                                                                             \
            _Pragma("unroll") for (int i = 0; i < R; i++) acc[i] = _mm512_setzero_ps();                                \
            for (size_t t = 0; t < s; t++) {                                                                           \
                __m512 value = _mm512_maskz_loadu_ps(mask, values + t * ldv + j);                                      \
                _Pragma("unroll") for (int i = 0; i < R; i++)                                                          \
                    acc[i] = _mm512_fmadd_ps(_mm512_set1_ps(weights[(size_t)i * lds + t]), value, acc[i]);             \
            }                                                                                                          \
            _Pragma("unroll") for (int i = 0; i < R; i++)                                                              \
                _mm512_mask_storeu_ps(out + (size_t)i * ldo + j, mask, acc[i]);                                        \
        }                                                                                                              \
    }
SCORES(1)
SCORES(8)

CK_AVX512 void ck_avx512_attend_shared(size_t m, size_t s, size_t width, float scale, const float *queries, size_t ldq,
                                       const float *keys, size_t lds, const float *values, size_t ldv, float *weights,
                                       float *out, size_t ldo) {
    size_t i = 0;
    for (; i + 8 <= m; i += 8) scores_8(lds, width, scale, queries + i * ldq, ldq, keys, weights + i * lds);
    for (; i < m; i++) scores_1(lds, width, scale, queries + i * ldq, ldq, keys, weights + i * lds);
    for (i = 0; i < m; i++) softmax(weights + i * lds, s, lds);
    for (i = 0; i + 8 <= m; i += 8) mix_8(s, lds, width, weights + i * lds, values, ldv, out + i * ldo, ldo);
    for (; i < m; i++) mix_1(s, lds, width, weights + i * lds, values, ldv, out + i * ldo, ldo);
}

/// The sums of four vectors' lanes, in one vector of four.
CK_AVX512 CK_INLINE __m128 sum4(__m512 a, __m512 b, __m512 c, __m512 d) {
    __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
    __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
    __m512 abcd = _mm512_add_ps(
        _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(ab), _mm512_castps_pd(cd))),
        _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(ab), _mm512_castps_pd(cd))));
    __m256 half = _mm256_add_ps(_mm512_castps512_ps256(abcd), _mm512_extractf32x8_ps(abcd, 1));
    return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}

/// One head: `vectors` is the number of 16-float vectors in its width, `mask` the lanes of the last one. Inlined with a
/// constant number of vectors for the usual widths, so that query and result stay in registers.
CK_AVX512 CK_INLINE void attend_head(size_t length, size_t vectors, __mmask16 mask, float scale, const float *query,
                                     const float *keys, const float *values, size_t ld, const int32_t *rows,
                                     float *scores, float *out) {
    for (size_t t = 0; t < length; t += 4) {
        __m512 dots[4];
        for (size_t i = 0; i < 4; i++) {
            const float *key = keys + (size_t)rows[t + i < length ? t + i : t] * ld;
            dots[i] = _mm512_setzero_ps();
            for (size_t v = 0; v < vectors; v++) {
                __mmask16 lanes = v + 1 < vectors ? 0xffff : mask;
                __m512 q = _mm512_maskz_loadu_ps(lanes, query + 16 * v);
                dots[i] = _mm512_fmadd_ps(q, _mm512_maskz_loadu_ps(lanes, key + 16 * v), dots[i]);
            }
        }
        _mm_storeu_ps(scores + t, _mm_mul_ps(sum4(dots[0], dots[1], dots[2], dots[3]), _mm_set1_ps(scale)));
    }
    softmax(scores, length, (length + 15) / 16 * 16);
    for (size_t first = 0; first < vectors; first += 4) {
        size_t some = vectors - first < 4 ? vectors - first : 4;
        __m512 acc[4];
        for (size_t v = 0; v < 4; v++) acc[v] = _mm512_setzero_ps();
        for (size_t t = 0; t < length; t++) {
            const float *value = values + (size_t)rows[t] * ld + 16 * first;
            __m512 weight = _mm512_set1_ps(scores[t]);
            for (size_t v = 0; v < some; v++) {
                __mmask16 lanes = first + v + 1 < vectors ? 0xffff : mask;
                acc[v] = _mm512_fmadd_ps(weight, _mm512_maskz_loadu_ps(lanes, value + 16 * v), acc[v]);
            }
        }
        for (size_t v = 0; v < some; v++)
            _mm512_mask_storeu_ps(out + 16 * (first + v), first + v + 1 < vectors ? 0xffff : mask, acc[v]);
    }
}

CK_AVX512 void ck_avx512_attend_cached(size_t length, size_t heads, size_t width, float scale, const float *query,
                                       const float *keys, const float *values, size_t ld, const int32_t *rows,
                                       float *scores, float *out) {
    size_t vectors = (width + 15) / 16;
    __mmask16 mask = ck_tail(width, 16 * (vectors - 1));
    for (size_t head = 0; head < heads; head++) {
        size_t at = head * width;
        const float *q = query + at, *k = keys + at, *v = values + at;
        switch (vectors) {
        case 2: attend_head(length, 2, mask, scale, q, k, v, ld, rows, scores, out + at); break;
        case 4: attend_head(length, 4, mask, scale, q, k, v, ld, rows, scores, out + at); break;
        default: attend_head(length, vectors, mask, scale, q, k, v, ld, rows, scores, out + at); break;
        }
    }
}
#endif
