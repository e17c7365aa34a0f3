/// Attention with AVX-512.
#include "kernels_avx512.h"
#if defined(__x86_64__)

/// Softmax of x[0…n), which becomes weights; x[n…padded) becomes 0.
CK_AVX512 CK_INLINE void softmax(float *x, size_t n, size_t padded) {
    __m512 largest = _mm512_set1_ps(-INFINITY);
    for (size_t t = 0; t < n; t += 16)
        largest = _mm512_max_ps(largest, _mm512_mask_loadu_ps(largest, ck_tail(n, t), x + t));
    __m512 shift = _mm512_set1_ps(_mm512_reduce_max_ps(largest));
    __m512 total = _mm512_setzero_ps();
    for (size_t t = 0; t < padded; t += 16) {
        __mmask16 mask = t >= n ? 0 : ck_tail(n, t);
        __m512 e = _mm512_maskz_mov_ps(mask, ck_exp(_mm512_sub_ps(_mm512_loadu_ps(x + t), shift)));
        total = _mm512_add_ps(total, e);
        _mm512_storeu_ps(x + t, e);
    }
    __m512 factor = _mm512_set1_ps(1.0f / _mm512_reduce_add_ps(total));
    for (size_t t = 0; t < padded; t += 16) _mm512_storeu_ps(x + t, _mm512_mul_ps(_mm512_loadu_ps(x + t), factor));
}

/// Scores of R queries against 16·V keys from key t on: weights[i][t] = scale · Σ_j q[i][j] k[j][t], j ascending. R and V
/// are constants where this is inlined; their product is the number of independent chains, 8 of which fill the pipes.
CK_AVX512 CK_INLINE void score_tile(int R, int V, size_t t, size_t lds, size_t width, float scale, const float *q,
                                    size_t ldq, const float *keys, float *weights) {
    __m512 acc[8][4];
    for (int i = 0; i < R; i++)
        for (int v = 0; v < V; v++) acc[i][v] = _mm512_setzero_ps();
    for (size_t j = 0; j < width; j++) {
        const float *key = keys + j * lds + t;
        for (int i = 0; i < R; i++) {
            __m512 query = _mm512_set1_ps(q[(size_t)i * ldq + j]);
            for (int v = 0; v < V; v++) acc[i][v] = _mm512_fmadd_ps(query, _mm512_loadu_ps(key + 16 * v), acc[i][v]);
        }
    }
    for (int i = 0; i < R; i++)
        for (int v = 0; v < V; v++)
            _mm512_storeu_ps(weights + (size_t)i * lds + t + 16 * (size_t)v,
                             _mm512_mul_ps(acc[i][v], _mm512_set1_ps(scale)));
}

/// out[i][j] = Σ_t weights[i][t] v[t][j] for R rows and 16·V columns from column j on, t ascending; `mask` are the lanes
/// of the last vector.
CK_AVX512 CK_INLINE void mix_tile(int R, int V, size_t j, __mmask16 mask, size_t s, size_t lds, const float *weights,
                                  const float *values, size_t ldv, float *out, size_t ldo) {
    __m512 acc[8][4];
    for (int i = 0; i < R; i++)
        for (int v = 0; v < V; v++) acc[i][v] = _mm512_setzero_ps();
    for (size_t t = 0; t < s; t++) {
        __m512 value[4];
        for (int v = 0; v < V; v++)
            value[v] = _mm512_maskz_loadu_ps(v + 1 < V ? 0xffff : mask, values + t * ldv + j + 16 * (size_t)v);
        for (int i = 0; i < R; i++) {
            __m512 weight = _mm512_set1_ps(weights[(size_t)i * lds + t]);
            for (int v = 0; v < V; v++) acc[i][v] = _mm512_fmadd_ps(weight, value[v], acc[i][v]);
        }
    }
    for (int i = 0; i < R; i++)
        for (int v = 0; v < V; v++)
            _mm512_mask_storeu_ps(out + (size_t)i * ldo + j + 16 * (size_t)v, v + 1 < V ? 0xffff : mask, acc[i][v]);
}

typedef struct {
    size_t s, width, ldq, lds, ldv, ldo;
    float scale;
} attention_shape;

/// Attention of R queries; V vectors at a time as long as there are as many.
#define ATTEND(R, V)                                                                                                   \
    CK_AVX512 static void attend_##R(attention_shape n, const float *q, const float *keys, const float *values,        \
                                     float *weights, float *out) {                                                     \
        size_t t = 0, j = 0;                                                                                           \
        for (; t + 16 * V <= n.lds; t += 16 * V)                                                                       \
            score_tile(R, V, t, n.lds, n.width, n.scale, q, n.ldq, keys, weights);                                     \
        for (; t < n.lds; t += 16) score_tile(R, 1, t, n.lds, n.width, n.scale, q, n.ldq, keys, weights);              \
        for (int i = 0; i < R; i++) softmax(weights + (size_t)i * n.lds, n.s, n.lds);                                  \
        for (; j + 16 * V <= n.width; j += 16 * V)                                                                     \
            mix_tile(R, V, j, 0xffff, n.s, n.lds, weights, values, n.ldv, out, n.ldo);                                 \
        for (; j < n.width; j += 16)                                                                                   \
            mix_tile(R, 1, j, ck_tail(n.width, j), n.s, n.lds, weights, values, n.ldv, out, n.ldo);                    \
    }
ATTEND(1, 4)
ATTEND(4, 2)
ATTEND(8, 1)

CK_AVX512 void ck_avx512_attend_shared(size_t m, size_t s, size_t width, float scale, const float *queries, size_t ldq,
                                       const float *keys, size_t lds, const float *values, size_t ldv, float *weights,
                                       float *out, size_t ldo) {
    attention_shape n = {s, width, ldq, lds, ldv, ldo, scale};
    size_t i = 0;
    for (; i + 8 <= m; i += 8) attend_8(n, queries + i * ldq, keys, values, weights + i * lds, out + i * ldo);
    for (; i + 4 <= m; i += 4) attend_4(n, queries + i * ldq, keys, values, weights + i * lds, out + i * ldo);
    for (; i < m; i++) attend_1(n, queries + i * ldq, keys, values, weights + i * lds, out + i * ldo);
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
