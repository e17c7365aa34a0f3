/// Row kernels with AVX-512, and the table.
#include "kernels_avx512.h"
#if defined(__x86_64__)
#include "kernels_avx2.h"
#include "scan.h"

CK_AVX512 static void quantize_rows(size_t m, size_t k, size_t k_padded, const float *x, size_t ldx, uint8_t *q,
                                    size_t ldq, float *scale) {
    for (size_t i = 0; i < m; i++, x += ldx, q += ldq) {
        __m512 largest = _mm512_setzero_ps();
        for (size_t j = 0; j < k; j += 16)
            largest = _mm512_max_ps(_mm512_abs_ps(_mm512_maskz_loadu_ps(ck_tail(k, j), x + j)), largest);
        float most = _mm512_reduce_max_ps(largest);
        int usable = 127.0f / most <= FLT_MAX;  // not for zeros, nor for a row so small that the factor overflows
        __m512 factor = _mm512_set1_ps(usable ? 127.0f / most : 0);
        scale[i] = usable ? most / 127.0f : 0;
        for (size_t j = 0; j < k_padded; j += 16) {
            __mmask16 mask = j >= k ? 0 : ck_tail(k, j);
            __m512i v = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + j), factor));
            v = _mm512_min_epi32(_mm512_max_epi32(v, _mm512_set1_epi32(-127)), _mm512_set1_epi32(127));
            __m128i bytes = _mm512_cvtepi32_epi8(_mm512_add_epi32(v, _mm512_set1_epi32(128)));
            _mm_mask_storeu_epi8(q + j, ck_tail(k_padded, j), bytes);
        }
    }
}

CK_AVX512 static void dequantize_row(size_t n, const int8_t *q, float factor, const float *addend, float *out) {
    __m512 f = _mm512_set1_ps(factor);
    for (size_t j = 0; j < n; j += 16) {
        __mmask16 mask = ck_tail(n, j);
        __m512 v = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_maskz_loadu_epi8(mask, q + j)));
        __m512 plus = addend ? _mm512_maskz_loadu_ps(mask, addend + j) : _mm512_setzero_ps();
        _mm512_mask_storeu_ps(out + j, mask, _mm512_fmadd_ps(v, f, plus));
    }
}

CK_AVX512 static void scale_row(size_t n, const float *x, float factor, const float *addend, float *out) {
    __m512 f = _mm512_set1_ps(factor);
    for (size_t j = 0; j < n; j += 16) {
        __mmask16 mask = ck_tail(n, j);
        __m512 plus = addend ? _mm512_maskz_loadu_ps(mask, addend + j) : _mm512_setzero_ps();
        _mm512_mask_storeu_ps(out + j, mask, _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, x + j), f, plus));
    }
}

CK_AVX512 static void layer_norm(size_t m, size_t n, const float *x, size_t ldx, const float *gamma, const float *beta,
                                 float epsilon, float *out, size_t ldo) {
    for (size_t i = 0; i < m; i++, x += ldx, out += ldo) {
        __m512 total = _mm512_setzero_ps();
        for (size_t j = 0; j < n; j += 16) total = _mm512_add_ps(total, _mm512_maskz_loadu_ps(ck_tail(n, j), x + j));
        __m512 mean = _mm512_set1_ps(_mm512_reduce_add_ps(total) / (float)n);
        __m512 squares = _mm512_setzero_ps();
        for (size_t j = 0; j < n; j += 16) {
            __mmask16 mask = ck_tail(n, j);
            __m512 d = _mm512_maskz_sub_ps(mask, _mm512_maskz_loadu_ps(mask, x + j), mean);
            squares = _mm512_fmadd_ps(d, d, squares);
        }
        __m512 factor = _mm512_set1_ps(1.0f / sqrtf(_mm512_reduce_add_ps(squares) / (float)n + epsilon));
        for (size_t j = 0; j < n; j += 16) {
            __mmask16 mask = ck_tail(n, j);
            __m512 d = _mm512_mul_ps(_mm512_sub_ps(_mm512_maskz_loadu_ps(mask, x + j), mean), factor);
            __m512 g = _mm512_maskz_loadu_ps(mask, gamma + j), b = _mm512_maskz_loadu_ps(mask, beta + j);
            _mm512_mask_storeu_ps(out + j, mask, _mm512_fmadd_ps(d, g, b));
        }
    }
}

CK_AVX512 static void rms_norm(size_t m, size_t n, const float *x, size_t ldx, const float *gamma, float epsilon,
                               float *out, size_t ldo) {
    for (size_t i = 0; i < m; i++, x += ldx, out += ldo) {
        __m512 squares = _mm512_setzero_ps();
        for (size_t j = 0; j < n; j += 16) {
            __m512 v = _mm512_maskz_loadu_ps(ck_tail(n, j), x + j);
            squares = _mm512_fmadd_ps(v, v, squares);
        }
        __m512 factor = _mm512_set1_ps(1.0f / sqrtf(_mm512_reduce_add_ps(squares) / (float)n + epsilon));
        for (size_t j = 0; j < n; j += 16) {
            __mmask16 mask = ck_tail(n, j);
            __m512 v = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + j), factor);
            _mm512_mask_storeu_ps(out + j, mask, _mm512_mul_ps(v, _mm512_maskz_loadu_ps(mask, gamma + j)));
        }
    }
}

CK_AVX512 CK_INLINE __m512 sigmoid(__m512 x) {
    __m512 one = _mm512_set1_ps(1);
    return _mm512_div_ps(one, _mm512_add_ps(one, ck_exp(_mm512_sub_ps(_mm512_setzero_ps(), x))));
}

/// tanh(x) = 2 σ(2x) − 1
CK_AVX512 CK_INLINE __m512 tanh_512(__m512 x) {
    return _mm512_fmsub_ps(_mm512_set1_ps(2), sigmoid(_mm512_add_ps(x, x)), _mm512_set1_ps(1));
}

/// erf by Abramowitz & Stegun 7.1.26, absolute error 1.5e-7.
CK_AVX512 CK_INLINE __m512 erf_512(__m512 x) {
    __m512 a = _mm512_abs_ps(x), one = _mm512_set1_ps(1);
    __m512 t = _mm512_div_ps(one, _mm512_fmadd_ps(a, _mm512_set1_ps(0.3275911f), one));
    __m512 p = _mm512_set1_ps(1.061405429f);
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-1.453152027f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(1.421413741f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(-0.284496736f));
    p = _mm512_fmadd_ps(p, t, _mm512_set1_ps(0.254829592f));
    __m512 e = ck_exp(_mm512_sub_ps(_mm512_setzero_ps(), _mm512_mul_ps(a, a)));
    __m512 y = _mm512_fnmadd_ps(_mm512_mul_ps(p, t), e, one);
    return _mm512_or_ps(y, _mm512_and_ps(x, _mm512_set1_ps(-0.0f)));
}

CK_AVX512 CK_INLINE __m512 apply(ck_activation f, __m512 x) {
    switch (f) {
    case CK_ACT_RELU: return _mm512_max_ps(x, _mm512_setzero_ps());
    case CK_ACT_GELU: {
        __m512 phi = erf_512(_mm512_mul_ps(x, _mm512_set1_ps(0.70710678118654752440f)));
        __m512 half = _mm512_mul_ps(x, _mm512_set1_ps(0.5f));
        return _mm512_fmadd_ps(half, phi, half);
    }
    case CK_ACT_GELU_TANH: {
        __m512 cube = _mm512_mul_ps(_mm512_mul_ps(x, x), x);
        __m512 inner = _mm512_fmadd_ps(cube, _mm512_set1_ps(0.044715f), x);
        __m512 half = _mm512_mul_ps(x, _mm512_set1_ps(0.5f));
        return _mm512_fmadd_ps(half, tanh_512(_mm512_mul_ps(inner, _mm512_set1_ps(0.79788456080286535588f))), half);
    }
    case CK_ACT_GELU_SIGMOID: return _mm512_mul_ps(x, sigmoid(_mm512_mul_ps(x, _mm512_set1_ps(1.702f))));
    case CK_ACT_SWISH: return _mm512_mul_ps(x, sigmoid(x));
    case CK_ACT_TANH: return tanh_512(x);
    case CK_ACT_SIGMOID: return sigmoid(x);
    default: return x;
    }
}

CK_AVX512 static void activate(ck_activation f, size_t n, float *x) {
    for (size_t j = 0; j < n; j += 16) {
        __mmask16 mask = ck_tail(n, j);
        _mm512_mask_storeu_ps(x + j, mask, apply(f, _mm512_maskz_loadu_ps(mask, x + j)));
    }
}

CK_AVX512 static void multiply(size_t n, float *x, const float *y) {
    for (size_t j = 0; j < n; j += 16) {
        __mmask16 mask = ck_tail(n, j);
        __m512 product = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + j), _mm512_maskz_loadu_ps(mask, y + j));
        _mm512_mask_storeu_ps(x + j, mask, product);
    }
}

CK_AVX512 static void collect(size_t n, const float *logits, int32_t first_id, ck_row_scan *state) {
    for (size_t j = 0; j < n; j += 16) {
        __m512 v = _mm512_mask_loadu_ps(_mm512_set1_ps(-INFINITY), ck_tail(n, j), logits + j);
        unsigned better = _mm512_cmp_ps_mask(v, _mm512_set1_ps(ck_scan_threshold(state)), _CMP_GT_OQ);
        for (; better; better &= better - 1) {
            size_t at = j + (size_t)__builtin_ctz(better);
            if (logits[at] > ck_scan_threshold(state)) ck_scan_insert(state, logits[at], first_id + (int32_t)at);
        }
    }
}

CK_AVX512 static void scan_logits(size_t n, const float *logits, int32_t first_id, int with_sum, ck_row_scan *state) {
    __m512 lowest = _mm512_set1_ps(-INFINITY), largest = lowest;
    for (size_t j = 0; j < n; j += 16)
        largest = _mm512_max_ps(largest, _mm512_mask_loadu_ps(lowest, ck_tail(n, j), logits + j));
    float most = _mm512_reduce_max_ps(largest);
    if (!(most > -FLT_MAX)) return;
    if (most > ck_scan_threshold(state)) collect(n, logits, first_id, state);
    if (!with_sum) return;
    float maximum = fmaxf(state->maximum, most);
    __m512 shift = _mm512_set1_ps(maximum), total = _mm512_setzero_ps();
    for (size_t j = 0; j < n; j += 16) {
        __m512 v = _mm512_mask_loadu_ps(lowest, ck_tail(n, j), logits + j);
        // The difference first: scaling by log₂e before would round large logits.
        total = _mm512_add_ps(total, ck_exp_fast(_mm512_sub_ps(v, shift)));
    }
    float before = state->sum > 0 ? state->sum * expf(state->maximum - maximum) : 0;
    state->sum = before + _mm512_reduce_add_ps(total);
    state->maximum = maximum;
}

const ck_kernels ck_kernels_avx512 = {
    .isa = CK_ISA_AVX512VNNI,
    .name = "avx512vnni",
    .gemm_s8 = ck_avx512_gemm_s8,
    .gemm_f32 = ck_avx512_gemm_f32,
    .quantize_rows = quantize_rows,
    .dequantize_row = dequantize_row,
    .scale_row = scale_row,
    .layer_norm = layer_norm,
    .rms_norm = rms_norm,
    .activate = activate,
    .multiply = multiply,
    .transpose = ck_avx2_transpose,  // shuffles of 8 × 8 beat a gather
    .attend_shared = ck_avx512_attend_shared,
    .attend_cached = ck_avx512_attend_cached,
    .scan_logits = scan_logits,
};
#endif
