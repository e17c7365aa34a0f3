/// Row and element kernels of the NEON table, and the table.
#if defined(__aarch64__)
#include "kernels_neon.h"
#include "scan.h"

// MARK: Bytes

/// Four floats in ±127 as whole numbers, ties to even; whatever else is there ends up within ±127 too.
NEON_INLINE int32x4_t rounded(float32x4_t x) {
    return vmaxq_s32(vminq_s32(vcvtnq_s32_f32(x), vdupq_n_s32(127)), vdupq_n_s32(-127));
}

NEON_INLINE float largest_magnitude(size_t n, const float *x) {
    float32x4_t largest = vdupq_n_f32(0);
    for (size_t i = 0; i < n; i += 4) largest = vmaxnmq_f32(largest, vabsq_f32(load_first(n - i, x + i, 0)));
    return vmaxnmvq_f32(largest);
}

static void quantize_rows(size_t m, size_t k, size_t k_padded, const float *x, size_t ldx, uint8_t *q, size_t ldq,
                          float *scale) {
    for (size_t row = 0; row < m; row++, x += ldx, q += ldq) {
        float largest = largest_magnitude(k, x), factor = 127 / largest;
        int usable = factor <= FLT_MAX;  // not for zeros, nor for a row so small that the factor overflows
        if (!usable) factor = 0;
        scale[row] = usable ? largest / 127 : 0;
        for (size_t i = 0; i < k; i += 4) {
            int32_t four[4];
            vst1q_s32(four, vaddq_s32(rounded(vmulq_n_f32(load_first(k - i, x + i, 0), factor)), vdupq_n_s32(128)));
            for (size_t j = 0; j < 4 && i + j < k; j++) q[i + j] = (uint8_t)four[j];
        }
        memset(q + k, 128, k_padded - k);
    }
}

static void dequantize_row(size_t n, const int8_t *q, float factor, const float *addend, float *out) {
    for (size_t j = 0; j < n; j++) out[j] = fmaf(q[j], factor, addend ? addend[j] : 0);
}

static void scale_row(size_t n, const float *x, float factor, const float *addend, float *out) {
    for (size_t j = 0; j < n; j++) out[j] = fmaf(x[j], factor, addend ? addend[j] : 0);
}

// MARK: Norms

/// Σ x, in four interleaved sums of vectors.
NEON_INLINE float row_sum(size_t n, const float *x) {
    float32x4_t sums[4] = {vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0)};
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
#pragma unroll
        for (int j = 0; j < 4; j++) sums[j] = vaddq_f32(sums[j], vld1q_f32(x + i + 4 * j));
    for (; i < n; i += 4) sums[0] = vaddq_f32(sums[0], load_first(n - i, x + i, 0));
    return vaddvq_f32(vaddq_f32(vaddq_f32(sums[0], sums[1]), vaddq_f32(sums[2], sums[3])));
}

/// Σ (x − centre)², likewise.
NEON_INLINE float row_squares(size_t n, const float *x, float centre) {
    const float32x4_t centres = vdupq_n_f32(centre);
    float32x4_t sums[4] = {vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0)};
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
#pragma unroll
        for (int j = 0; j < 4; j++) {
            float32x4_t distance = vsubq_f32(vld1q_f32(x + i + 4 * j), centres);
            sums[j] = vfmaq_f32(sums[j], distance, distance);
        }
    for (; i < n; i += 4) {
        float32x4_t distance = vsubq_f32(load_first(n - i, x + i, centre), centres);
        sums[0] = vfmaq_f32(sums[0], distance, distance);
    }
    return vaddvq_f32(vaddq_f32(vaddq_f32(sums[0], sums[1]), vaddq_f32(sums[2], sums[3])));
}

static void layer_norm(size_t m, size_t n, const float *x, size_t ldx, const float *gamma, const float *beta,
                       float epsilon, float *out, size_t ldo) {
    for (size_t row = 0; row < m; row++, x += ldx, out += ldo) {
        float mean = row_sum(n, x) / (float)n;
        float factor = 1 / sqrtf(row_squares(n, x, mean) / (float)n + epsilon);
        for (size_t j = 0; j < n; j++) out[j] = fmaf((x[j] - mean) * factor, gamma[j], beta[j]);
    }
}

static void rms_norm(size_t m, size_t n, const float *x, size_t ldx, const float *gamma, float epsilon, float *out,
                     size_t ldo) {
    for (size_t row = 0; row < m; row++, x += ldx, out += ldo) {
        float factor = 1 / sqrtf(row_squares(n, x, 0) / (float)n + epsilon);
        for (size_t j = 0; j < n; j++) out[j] = x[j] * factor * gamma[j];
    }
}

// MARK: Elements

NEON_INLINE float32x4_t sigmoid(float32x4_t x) {
    const float32x4_t one = vdupq_n_f32(1);
    return vdivq_f32(one, vaddq_f32(one, exponential(vnegq_f32(x))));
}

NEON_INLINE float32x4_t hyperbolic_tangent(float32x4_t x) {
    const float32x4_t one = vdupq_n_f32(1);
    float32x4_t magnitude = vabsq_f32(x), square = vmulq_f32(x, x);
    float32x4_t small = vfmaq_f32(x, polynomial(square, ck_tanh_terms, 5), vmulq_f32(square, x));
    float32x4_t divisor = vaddq_f32(exponential(vaddq_f32(magnitude, magnitude)), one);
    float32x4_t large = vsubq_f32(one, vdivq_f32(vdupq_n_f32(2), divisor));
    large = vbslq_f32(vdupq_n_u32(0x80000000), x, large);
    return vbslq_f32(vcltq_f32(magnitude, vdupq_n_f32(ck_tanh_small)), small, large);
}

/// x · Φ(x) = max(x, 0) − ½ |x| erfc(|x| / √2), which loses nothing to cancellation on the negative side.
NEON_INLINE float32x4_t gelu(float32x4_t x) {
    const float32x4_t one = vdupq_n_f32(1);
    float32x4_t magnitude = vabsq_f32(x);
    float32x4_t t = vdivq_f32(one, vfmaq_n_f32(one, vmulq_n_f32(magnitude, 0.70710678f), ck_erfc_p));
    float32x4_t power = exponential(vmulq_n_f32(vmulq_f32(x, x), -0.5f));
    float32x4_t erfc = vmulq_f32(vmulq_f32(t, polynomial(t, ck_erfc_terms, 7)), power);
    return vfmsq_f32(vmaxq_f32(x, vdupq_n_f32(0)), vmulq_n_f32(magnitude, 0.5f), erfc);
}

NEON_INLINE float32x4_t gelu_tanh(float32x4_t x) {
    float32x4_t inner = vfmaq_n_f32(x, vmulq_f32(vmulq_f32(x, x), x), 0.044715f);
    float32x4_t tangent = hyperbolic_tangent(vmulq_n_f32(inner, 0.79788456f)), half = vmulq_n_f32(x, 0.5f);
    return vfmaq_f32(half, half, tangent);
}

NEON_INLINE float32x4_t activated(ck_activation f, float32x4_t x) {
    switch (f) {
    case CK_ACT_RELU: return vmaxnmq_f32(x, vdupq_n_f32(0));
    case CK_ACT_GELU: return gelu(x);
    case CK_ACT_GELU_TANH: return gelu_tanh(x);
    case CK_ACT_GELU_SIGMOID: return vmulq_f32(x, sigmoid(vmulq_n_f32(x, 1.702f)));
    case CK_ACT_SWISH: return vmulq_f32(x, sigmoid(x));
    case CK_ACT_TANH: return hyperbolic_tangent(x);
    case CK_ACT_SIGMOID: return sigmoid(x);
    default: return x;
    }
}

static void activate(ck_activation f, size_t n, float *x) {
    for (size_t i = 0; i < n; i += 4) store_first(n - i, x + i, activated(f, load_first(n - i, x + i, 0)));
}

static void multiply(size_t n, float *x, const float *y) {
    for (size_t i = 0; i < n; i++) x[i] *= y[i];
}

// MARK: Logits

/// Enters the logits above the threshold into the k best and returns the largest of all.
NEON_INLINE float scan_best(size_t n, const float *logits, int32_t first_id, ck_row_scan *state) {
    float32x4_t largest = vdupq_n_f32(-INFINITY);
    for (size_t i = 0; i < n; i += 4) {
        float32x4_t values = load_first(n - i, logits + i, -INFINITY);
        largest = vmaxnmq_f32(largest, values);
        if (!vmaxvq_u32(vcgtq_f32(values, vdupq_n_f32(ck_scan_threshold(state))))) continue;
        for (size_t at = i; at < n && at < i + 4; at++)
            if (logits[at] > ck_scan_threshold(state)) ck_scan_insert(state, logits[at], first_id + (int32_t)at);
    }
    return vmaxnmvq_f32(largest);
}

static void scan_logits(size_t n, const float *logits, int32_t first_id, int with_sum, ck_row_scan *state) {
    float largest = scan_best(n, logits, first_id, state);
    if (!with_sum || !(largest > -FLT_MAX)) return;
    if (largest > state->maximum) {
        state->sum *= expf(state->maximum - largest);
        state->maximum = largest;
    }
    const float32x4_t shift = vdupq_n_f32(state->maximum);
    float32x4_t sum = vdupq_n_f32(0);
    for (size_t i = 0; i < n; i += 4)
        sum = vaddq_f32(sum, exponential(vsubq_f32(load_first(n - i, logits + i, -INFINITY), shift)));
    state->sum += vaddvq_f32(sum);
}

const ck_kernels ck_kernels_neon = {
    .isa = CK_ISA_NEON,
    .name = "neon",
    .gemm_s8 = ck_neon_gemm_s8,
    .gemm_f32 = ck_neon_gemm_f32,
    .quantize_rows = quantize_rows,
    .dequantize_row = dequantize_row,
    .scale_row = scale_row,
    .layer_norm = layer_norm,
    .rms_norm = rms_norm,
    .activate = activate,
    .multiply = multiply,
    .transpose = ck_neon_transpose,
    .attend_shared = ck_neon_attend_shared,
    .attend_cached = ck_neon_attend_cached,
    .scan_logits = scan_logits,
};
#endif
