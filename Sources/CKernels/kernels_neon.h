#pragma once
/// What the files of the NEON table share. Not part of the module's interface.
#if defined(__aarch64__)
#include "kernels.h"
#include "approximations.h"
#include <arm_neon.h>
#include <math.h>
#include <string.h>

#define NEON_INLINE __attribute__((always_inline)) static inline

void ck_neon_gemm_s8(size_t m, size_t panels, size_t k_padded, const uint8_t *a, size_t lda, const float *a_scale,
                     const int8_t *b, const int32_t *b_sums, const float *b_scale, const float *bias, int flags,
                     float *c, size_t ldc);
void ck_neon_gemm_f32(size_t m, size_t panels, size_t k, const float *a, size_t lda, const float *b, const float *bias,
                      int flags, float *c, size_t ldc);
void ck_neon_transpose(size_t s, size_t width, const float *x, size_t ldx, float *out, size_t lds);
void ck_neon_attend_shared(size_t m, size_t s, size_t width, float scale, const float *queries, size_t ldq,
                           const float *keys, size_t lds, const float *values, size_t ldv, float *weights, float *out,
                           size_t ldo);
void ck_neon_attend_cached(size_t length, size_t heads, size_t width, float scale, const float *query,
                           const float *keys, const float *values, size_t ld, const int32_t *rows, float *scores,
                           float *out);

/// The first n ≤ 4 floats at x, then `rest`; four floats for a greater n.
NEON_INLINE float32x4_t load_first(size_t n, const float *x, float rest) {
    if (n >= 4) return vld1q_f32(x);
    float four[4] = {rest, rest, rest, rest};
    for (size_t i = 0; i < n; i++) four[i] = x[i];
    return vld1q_f32(four);
}

/// Stores the first n ≤ 4 lanes; all of them for a greater n.
NEON_INLINE void store_first(size_t n, float *x, float32x4_t value) {
    if (n >= 4) {
        vst1q_f32(x, value);
        return;
    }
    float four[4];
    vst1q_f32(four, value);
    for (size_t i = 0; i < n; i++) x[i] = four[i];
}

/// Σ terms[i]·xⁱ by Horner's rule.
NEON_INLINE float32x4_t polynomial(float32x4_t x, const float *terms, int count) {
    float32x4_t sum = vdupq_n_f32(terms[count - 1]);
#pragma unroll
    for (int i = count - 2; i >= 0; i--) sum = vfmaq_f32(vdupq_n_f32(terms[i]), sum, x);
    return sum;
}

/// e^x as `approximations.h` describes it; not a number stays so.
NEON_INLINE float32x4_t exponential(float32x4_t x) {
    float32x4_t low = vdupq_n_f32(ck_exp_limits[0]), high = vdupq_n_f32(ck_exp_limits[1]);
    uint32x4_t below = vcltq_f32(x, low), above = vcgtq_f32(x, high);
    x = vminq_f32(high, vmaxq_f32(low, x));
    float32x4_t n = vrndnq_f32(vmulq_n_f32(x, ck_exp_log2e));
    float32x4_t r = vfmsq_f32(x, n, vdupq_n_f32(ck_exp_ln2[0]));
    r = vfmsq_f32(r, n, vdupq_n_f32(ck_exp_ln2[1]));
    float32x4_t tail = polynomial(r, ck_exp_terms, 5);
    float32x4_t power = vaddq_f32(vdupq_n_f32(1), vfmaq_f32(r, tail, vmulq_f32(r, r)));
    int32x4_t exponent = vshlq_n_s32(vaddq_s32(vcvtnq_s32_f32(n), vdupq_n_s32(127)), 23);
    power = vmulq_f32(power, vreinterpretq_f32_s32(exponent));
    return vbslq_f32(above, vdupq_n_f32(INFINITY), vbslq_f32(below, vdupq_n_f32(0), power));
}

/// sums[r][j] = Σ_k a[r·lda + k] · b[k·ldb + 4j…], k ascending, one fused multiply-add per term: the sum of an element
/// does not depend on the tile it is computed in. `rows` and `vectors` are constants at every call.
NEON_INLINE void product_tile(int rows, int vectors, size_t k, const float *a, size_t lda, const float *b, size_t ldb,
                              float32x4_t sums[rows][vectors]) {
#pragma unroll
    for (int r = 0; r < rows; r++)
#pragma unroll
        for (int j = 0; j < vectors; j++) sums[r][j] = vdupq_n_f32(0);
    for (size_t i = 0; i < k; i++) {
#pragma unroll
        for (int r = 0; r < rows; r++) {
            float32x4_t factor = vdupq_n_f32(a[(size_t)r * lda + i]);
#pragma unroll
            for (int j = 0; j < vectors; j++)
                sums[r][j] = vfmaq_f32(sums[r][j], factor, vld1q_f32(b + i * ldb + 4 * (size_t)j));
        }
    }
}
#endif
