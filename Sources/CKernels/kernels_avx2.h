#pragma once
/// What the files of the AVX2 table share. Not part of the module's interface.
#if defined(__x86_64__)
#include "kernels.h"
#include "approximations.h"
#include <immintrin.h>
#include <math.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX2_INLINE AVX2 __attribute__((always_inline)) static inline

void ck_avx2_gemm_s8(size_t m, size_t panels, size_t k_padded, const uint8_t *a, size_t lda, const float *a_scale,
                     const int8_t *b, const int32_t *b_sums, const float *b_scale, const float *bias, int flags,
                     float *c, size_t ldc);
void ck_avx2_gemm_f32(size_t m, size_t panels, size_t k, const float *a, size_t lda, const float *b, const float *bias,
                      int flags, float *c, size_t ldc);
void ck_avx2_transpose(size_t s, size_t width, const float *x, size_t ldx, float *out, size_t lds);
void ck_avx2_attend_shared(size_t m, size_t s, size_t width, float scale, const float *queries, size_t ldq,
                           const float *keys, size_t lds, const float *values, size_t ldv, float *weights, float *out,
                           size_t ldo);
void ck_avx2_attend_cached(size_t length, size_t heads, size_t width, float scale, const float *query,
                           const float *keys, const float *values, size_t ld, const int32_t *rows, float *scores,
                           float *out);

/// Selects the first n ≤ 8 lanes; all of them for a greater n.
AVX2_INLINE __m256i first_lanes(size_t n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n < 8 ? (int)n : 8), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

AVX2_INLINE float horizontal_sum(__m256 x) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

AVX2_INLINE float horizontal_max(__m256 x) {
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

/// Σ terms[i]·xⁱ by Horner's rule.
AVX2_INLINE __m256 polynomial(__m256 x, const float *terms, int count) {
    __m256 sum = _mm256_set1_ps(terms[count - 1]);
#pragma unroll
    for (int i = count - 2; i >= 0; i--) sum = _mm256_fmadd_ps(sum, x, _mm256_set1_ps(terms[i]));
    return sum;
}

/// e^x as `approximations.h` describes it; not a number stays so.
AVX2_INLINE __m256 exponential(__m256 x) {
    __m256 low = _mm256_set1_ps(ck_exp_limits[0]), high = _mm256_set1_ps(ck_exp_limits[1]);
    __m256 not_below = _mm256_cmp_ps(x, low, _CMP_NLT_UQ), above = _mm256_cmp_ps(x, high, _CMP_GT_OQ);
    x = _mm256_min_ps(high, _mm256_max_ps(low, x));
    __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(ck_exp_log2e)),
                               _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(ck_exp_ln2[0]), x);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(ck_exp_ln2[1]), r);
    __m256 tail = polynomial(r, ck_exp_terms, 5);
    __m256 power = _mm256_add_ps(_mm256_set1_ps(1), _mm256_fmadd_ps(tail, _mm256_mul_ps(r, r), r));
    __m256i exponent = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    power = _mm256_and_ps(not_below, _mm256_mul_ps(power, _mm256_castsi256_ps(exponent)));
    return _mm256_blendv_ps(power, _mm256_set1_ps(INFINITY), above);
}

/// sums[r][j] = Σ_k a[r·lda + k] · b[k·ldb + 8j…], k ascending, one fused multiply-add per term: the sum of an element
/// does not depend on the tile it is computed in. `rows` and `vectors` are constants at every call.
AVX2_INLINE void product_tile(int rows, int vectors, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                              __m256 sums[rows][vectors]) {
#pragma unroll
    for (int r = 0; r < rows; r++)
#pragma unroll
        for (int j = 0; j < vectors; j++) sums[r][j] = _mm256_setzero_ps();
    for (size_t i = 0; i < k; i++) {
#pragma unroll
        for (int r = 0; r < rows; r++) {
            __m256 factor = _mm256_broadcast_ss(a + (size_t)r * lda + i);
#pragma unroll
            for (int j = 0; j < vectors; j++)
                sums[r][j] = _mm256_fmadd_ps(factor, _mm256_loadu_ps(b + i * ldb + 8 * (size_t)j), sums[r][j]);
        }
    }
}
#endif
