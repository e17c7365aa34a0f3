/// Row and element kernels of the AVX2 table, and the table.
#if defined(__x86_64__)
#include "kernels_avx2.h"
#include "scan.h"
#include <string.h>

// MARK: Bytes

/// Rounds eight floats in ±127 to whole numbers; whatever else is there ends up within ±127 too.
AVX2_INLINE __m256i rounded(__m256 x) {
    __m256i whole = _mm256_cvtps_epi32(x);
    return _mm256_max_epi32(_mm256_min_epi32(whole, _mm256_set1_epi32(127)), _mm256_set1_epi32(-127));
}

/// The low bytes of eight numbers in 0…255.
AVX2_INLINE int64_t narrowed(__m256i x) {
    __m128i halves = _mm_packus_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    return _mm_cvtsi128_si64(_mm_packus_epi16(halves, halves));
}

AVX2_INLINE float largest_magnitude(size_t n, const float *x) {
    const __m256 sign = _mm256_set1_ps(-0.0f);
    __m256 largest[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        largest[0] = _mm256_max_ps(_mm256_andnot_ps(sign, _mm256_loadu_ps(x + i)), largest[0]);
        largest[1] = _mm256_max_ps(_mm256_andnot_ps(sign, _mm256_loadu_ps(x + i + 8)), largest[1]);
    }
    for (; i < n; i += 8) {
        __m256 tail = _mm256_maskload_ps(x + i, first_lanes(n - i));
        largest[0] = _mm256_max_ps(_mm256_andnot_ps(sign, tail), largest[0]);
    }
    return horizontal_max(_mm256_max_ps(largest[0], largest[1]));
}

AVX2 static void quantize_rows(size_t m, size_t k, size_t k_padded, const float *x, size_t ldx, uint8_t *q, size_t ldq,
                               float *scale) {
    const __m256i offset = _mm256_set1_epi32(128);
    for (size_t row = 0; row < m; row++, x += ldx, q += ldq) {
        float largest = largest_magnitude(k, x), factor = 127 / largest;
        int usable = factor <= FLT_MAX;  // not for zeros, nor for a row so small that the factor overflows
        __m256 factors = _mm256_set1_ps(usable ? factor : 0);
        scale[row] = usable ? largest / 127 : 0;
        for (size_t i = 0; i < k; i += 8) {
            size_t count = k - i < 8 ? k - i : 8;
            __m256 values = _mm256_mul_ps(_mm256_maskload_ps(x + i, first_lanes(count)), factors);
            int64_t bytes = narrowed(_mm256_add_epi32(rounded(values), offset));
            if (count == 8) memcpy(q + i, &bytes, 8);
            else memcpy(q + i, &bytes, count);
        }
        memset(q + k, 128, k_padded - k);
    }
}

AVX2 static void dequantize_row(size_t n, const int8_t *q, float factor, const float *addend, float *out) {
    const __m256 factors = _mm256_set1_ps(factor);
    for (size_t j = 0; j < n; j += 8) {
        __m256i mask = first_lanes(n - j);
        int64_t bytes = 0;
        if (n - j >= 8) memcpy(&bytes, q + j, 8);
        else memcpy(&bytes, q + j, n - j);
        __m256 values = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_cvtsi64_si128(bytes)));
        __m256 plus = addend ? _mm256_maskload_ps(addend + j, mask) : _mm256_setzero_ps();
        _mm256_maskstore_ps(out + j, mask, _mm256_fmadd_ps(values, factors, plus));
    }
}

AVX2 static void scale_row(size_t n, const float *x, float factor, const float *addend, float *out) {
    const __m256 factors = _mm256_set1_ps(factor);
    for (size_t j = 0; j < n; j += 8) {
        __m256i mask = first_lanes(n - j);
        __m256 plus = addend ? _mm256_maskload_ps(addend + j, mask) : _mm256_setzero_ps();
        _mm256_maskstore_ps(out + j, mask, _mm256_fmadd_ps(_mm256_maskload_ps(x + j, mask), factors, plus));
    }
}

// MARK: Norms

/// Σ x, in four interleaved sums of vectors.
AVX2_INLINE float row_sum(size_t n, const float *x) {
    __m256 sums[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
#pragma unroll
        for (int j = 0; j < 4; j++) sums[j] = _mm256_add_ps(sums[j], _mm256_loadu_ps(x + i + 8 * j));
    for (; i < n; i += 8) sums[0] = _mm256_add_ps(sums[0], _mm256_maskload_ps(x + i, first_lanes(n - i)));
    return horizontal_sum(_mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3])));
}

/// Σ (x − centre)², likewise.
AVX2_INLINE float row_squares(size_t n, const float *x, __m256 centre) {
    __m256 sums[4] = {_mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps(), _mm256_setzero_ps()};
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
#pragma unroll
        for (int j = 0; j < 4; j++) {
            __m256 distance = _mm256_sub_ps(_mm256_loadu_ps(x + i + 8 * j), centre);
            sums[j] = _mm256_fmadd_ps(distance, distance, sums[j]);
        }
    for (; i < n; i += 8) {
        __m256i mask = first_lanes(n - i);
        __m256 distance = _mm256_sub_ps(_mm256_maskload_ps(x + i, mask), centre);
        distance = _mm256_and_ps(distance, _mm256_castsi256_ps(mask));
        sums[0] = _mm256_fmadd_ps(distance, distance, sums[0]);
    }
    return horizontal_sum(_mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3])));
}

AVX2 static void layer_norm(size_t m, size_t n, const float *x, size_t ldx, const float *gamma, const float *beta,
                            float epsilon, float *out, size_t ldo) {
    for (size_t row = 0; row < m; row++, x += ldx, out += ldo) {
        __m256 mean = _mm256_set1_ps(row_sum(n, x) / (float)n);
        __m256 factor = _mm256_set1_ps(1 / sqrtf(row_squares(n, x, mean) / (float)n + epsilon));
        for (size_t j = 0; j < n; j += 8) {
            __m256i mask = first_lanes(n - j);
            __m256 value = _mm256_mul_ps(_mm256_sub_ps(_mm256_maskload_ps(x + j, mask), mean), factor);
            value = _mm256_fmadd_ps(value, _mm256_maskload_ps(gamma + j, mask), _mm256_maskload_ps(beta + j, mask));
            _mm256_maskstore_ps(out + j, mask, value);
        }
    }
}

AVX2 static void rms_norm(size_t m, size_t n, const float *x, size_t ldx, const float *gamma, float epsilon, float *out,
                          size_t ldo) {
    for (size_t row = 0; row < m; row++, x += ldx, out += ldo) {
        float squares = row_squares(n, x, _mm256_setzero_ps());
        __m256 factor = _mm256_set1_ps(1 / sqrtf(squares / (float)n + epsilon));
        for (size_t j = 0; j < n; j += 8) {
            __m256i mask = first_lanes(n - j);
            __m256 value = _mm256_mul_ps(_mm256_maskload_ps(x + j, mask), factor);
            _mm256_maskstore_ps(out + j, mask, _mm256_mul_ps(value, _mm256_maskload_ps(gamma + j, mask)));
        }
    }
}

// MARK: Elements

AVX2_INLINE __m256 sigmoid(__m256 x) {
    const __m256 one = _mm256_set1_ps(1);
    return _mm256_div_ps(one, _mm256_add_ps(one, exponential(_mm256_xor_ps(x, _mm256_set1_ps(-0.0f)))));
}

AVX2_INLINE __m256 hyperbolic_tangent(__m256 x) {
    const __m256 sign = _mm256_set1_ps(-0.0f), one = _mm256_set1_ps(1);
    __m256 magnitude = _mm256_andnot_ps(sign, x), square = _mm256_mul_ps(x, x);
    __m256 small = _mm256_fmadd_ps(polynomial(square, ck_tanh_terms, 5), _mm256_mul_ps(square, x), x);
    __m256 divisor = _mm256_add_ps(exponential(_mm256_add_ps(magnitude, magnitude)), one);
    __m256 large = _mm256_sub_ps(one, _mm256_div_ps(_mm256_set1_ps(2), divisor));
    large = _mm256_or_ps(large, _mm256_and_ps(sign, x));
    return _mm256_blendv_ps(large, small, _mm256_cmp_ps(magnitude, _mm256_set1_ps(ck_tanh_small), _CMP_LT_OQ));
}

/// x · Φ(x) = max(x, 0) − ½ |x| erfc(|x| / √2), which loses nothing to cancellation on the negative side.
AVX2_INLINE __m256 gelu(__m256 x) {
    const __m256 one = _mm256_set1_ps(1);
    __m256 magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
    __m256 z = _mm256_mul_ps(magnitude, _mm256_set1_ps(0.70710678f));
    __m256 t = _mm256_div_ps(one, _mm256_fmadd_ps(z, _mm256_set1_ps(ck_erfc_p), one));
    __m256 power = exponential(_mm256_mul_ps(_mm256_mul_ps(x, x), _mm256_set1_ps(-0.5f)));
    __m256 erfc = _mm256_mul_ps(_mm256_mul_ps(t, polynomial(t, ck_erfc_terms, 7)), power);
    __m256 half = _mm256_mul_ps(magnitude, _mm256_set1_ps(0.5f));
    return _mm256_fnmadd_ps(half, erfc, _mm256_max_ps(_mm256_setzero_ps(), x));
}

AVX2_INLINE __m256 gelu_tanh(__m256 x) {
    __m256 cube = _mm256_mul_ps(_mm256_mul_ps(x, x), x);
    __m256 inner = _mm256_fmadd_ps(cube, _mm256_set1_ps(0.044715f), x);
    __m256 tangent = hyperbolic_tangent(_mm256_mul_ps(inner, _mm256_set1_ps(0.79788456f)));
    __m256 half = _mm256_mul_ps(x, _mm256_set1_ps(0.5f));
    return _mm256_fmadd_ps(half, tangent, half);
}

AVX2_INLINE __m256 activated(ck_activation f, __m256 x) {
    switch (f) {
    case CK_ACT_RELU: return _mm256_max_ps(x, _mm256_setzero_ps());
    case CK_ACT_GELU: return gelu(x);
    case CK_ACT_GELU_TANH: return gelu_tanh(x);
    case CK_ACT_GELU_SIGMOID: return _mm256_mul_ps(x, sigmoid(_mm256_mul_ps(x, _mm256_set1_ps(1.702f))));
    case CK_ACT_SWISH: return _mm256_mul_ps(x, sigmoid(x));
    case CK_ACT_TANH: return hyperbolic_tangent(x);
    case CK_ACT_SIGMOID: return sigmoid(x);
    default: return x;
    }
}

AVX2 static void activate(ck_activation f, size_t n, float *x) {
    for (size_t i = 0; i < n; i += 8) {
        __m256i mask = first_lanes(n - i);
        _mm256_maskstore_ps(x + i, mask, activated(f, _mm256_maskload_ps(x + i, mask)));
    }
}

AVX2 static void multiply(size_t n, float *x, const float *y) {
    for (size_t i = 0; i < n; i += 8) {
        __m256i mask = first_lanes(n - i);
        __m256 product = _mm256_mul_ps(_mm256_maskload_ps(x + i, mask), _mm256_maskload_ps(y + i, mask));
        _mm256_maskstore_ps(x + i, mask, product);
    }
}

// MARK: Logits

AVX2_INLINE __m256 logits_or_lowest(const float *logits, __m256i mask) {
    __m256 values = _mm256_maskload_ps(logits, mask);
    return _mm256_blendv_ps(_mm256_set1_ps(-INFINITY), values, _mm256_castsi256_ps(mask));
}

/// Enters the logits above the threshold into the k best and returns the largest of all.
AVX2_INLINE float scan_best(size_t n, const float *logits, int32_t first_id, ck_row_scan *state) {
    __m256 largest = _mm256_set1_ps(-INFINITY), threshold = _mm256_set1_ps(ck_scan_threshold(state));
    for (size_t i = 0; i < n; i += 8) {
        __m256 values = logits_or_lowest(logits + i, first_lanes(n - i));
        largest = _mm256_max_ps(values, largest);
        unsigned better = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(values, threshold, _CMP_GT_OQ));
        if (!better) continue;
        for (; better; better &= better - 1) {
            size_t at = i + (size_t)__builtin_ctz(better);
            if (logits[at] > ck_scan_threshold(state)) ck_scan_insert(state, logits[at], first_id + (int32_t)at);
        }
        threshold = _mm256_set1_ps(ck_scan_threshold(state));
    }
    return horizontal_max(largest);
}

AVX2 static void scan_logits(size_t n, const float *logits, int32_t first_id, int with_sum, ck_row_scan *state) {
    float largest = scan_best(n, logits, first_id, state);
    if (!with_sum || !(largest > -FLT_MAX)) return;
    if (largest > state->maximum) {
        state->sum *= expf(state->maximum - largest);
        state->maximum = largest;
    }
    const __m256 shift = _mm256_set1_ps(state->maximum);
    __m256 sum = _mm256_setzero_ps();
    for (size_t i = 0; i < n; i += 8) {
        __m256 values = logits_or_lowest(logits + i, first_lanes(n - i));
        sum = _mm256_add_ps(sum, exponential(_mm256_sub_ps(values, shift)));
    }
    state->sum += horizontal_sum(sum);
}

const ck_kernels ck_kernels_avx2 = {
    .isa = CK_ISA_AVX2,
    .name = "avx2",
    .gemm_s8 = ck_avx2_gemm_s8,
    .gemm_f32 = ck_avx2_gemm_f32,
    .quantize_rows = quantize_rows,
    .dequantize_row = dequantize_row,
    .scale_row = scale_row,
    .layer_norm = layer_norm,
    .rms_norm = rms_norm,
    .activate = activate,
    .multiply = multiply,
    .transpose = ck_avx2_transpose,
    .attend_shared = ck_avx2_attend_shared,
    .attend_cached = ck_avx2_attend_cached,
    .scan_logits = scan_logits,
};
#endif
