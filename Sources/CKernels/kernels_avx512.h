#pragma once
/// Shared by the AVX-512 files: target attribute, masks, and the exponential function.
#if defined(__x86_64__)
#include "kernels.h"
#include <float.h>
#include <immintrin.h>
#include <math.h>

#define CK_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")))
#define CK_INLINE static inline __attribute__((always_inline))

/// Lanes 0…count−1, for count ≤ 16.
CK_INLINE __mmask16 ck_lanes(size_t count) { return (__mmask16)((1u << count) - 1u); }

/// Lanes of the vector that starts at `from` in a row of n elements.
CK_INLINE __mmask16 ck_tail(size_t n, size_t from) { return n - from >= 16 ? 0xffff : ck_lanes(n - from); }

#define CK_LOG2E 1.44269504088896340736f
/// log₂e − CK_LOG2E
#define CK_LOG2E_REST 1.92596299e-8f

/// 2^f for f in [0, 1), relative error 7.5e-8 (minimax polynomial of degree 5, fitted by Lawson's algorithm).
CK_AVX512 CK_INLINE __m512 ck_exp2_fraction(__m512 f) {
    __m512 p = _mm512_set1_ps(0x1.ec320ap-10f);
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0x1.26900cp-7f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0x1.c95446p-5f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0x1.ebd5a8p-3f));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0x1.62e4f6p-1f));
    return _mm512_fmadd_ps(p, f, _mm512_set1_ps(0x1.fffffep-1f));
}

/// e^x, relative error about 1.5e-7: with t = x log₂e rounded, 2^⌊t⌋ by vscalefps and 2^(t − ⌊t⌋ + what rounding took)
/// by the polynomial. Below −104 the result is 0, above 89 it is ∞.
CK_AVX512 CK_INLINE __m512 ck_exp(__m512 x) {
    // Beyond these bounds the correction would be larger than the polynomial's range.
    x = _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(-104)), _mm512_set1_ps(89));
    __m512 t = _mm512_mul_ps(x, _mm512_set1_ps(CK_LOG2E));
    __m512 lost = _mm512_fmsub_ps(x, _mm512_set1_ps(CK_LOG2E), t);
    lost = _mm512_fmadd_ps(x, _mm512_set1_ps(CK_LOG2E_REST), lost);
    __m512 f = _mm512_add_ps(_mm512_reduce_ps(t, 0x09), lost);  // t − ⌊t⌋
    return _mm512_scalef_ps(ck_exp2_fraction(f), t);
}

/// e^x for sums over many logits: the same without the correction, relative error |x| · 6e-8.
CK_AVX512 CK_INLINE __m512 ck_exp_fast(__m512 x) {
    __m512 t = _mm512_mul_ps(x, _mm512_set1_ps(CK_LOG2E));
    return _mm512_scalef_ps(ck_exp2_fraction(_mm512_reduce_ps(t, 0x09)), t);
}

// kernels_avx512_gemm.c
void ck_avx512_gemm_s8(size_t m, size_t panels, size_t k_padded, const uint8_t *a, size_t lda, const float *a_scale,
                       const int8_t *b, const int32_t *b_sums, const float *b_scale, const float *bias, int flags,
                       float *c, size_t ldc);
void ck_avx512_gemm_f32(size_t m, size_t panels, size_t k, const float *a, size_t lda, const float *b,
                        const float *bias, int flags, float *c, size_t ldc);
// kernels_avx512_attention.c
void ck_avx512_attend_shared(size_t m, size_t s, size_t width, float scale, const float *queries, size_t ldq,
                             const float *keys, size_t lds, const float *values, size_t ldv, float *weights,
                             float *out, size_t ldo);
void ck_avx512_attend_cached(size_t length, size_t heads, size_t width, float scale, const float *query,
                             const float *keys, const float *values, size_t ld, const int32_t *rows, float *scores,
                             float *out);
#endif
