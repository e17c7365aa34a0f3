#pragma once
/// CKernels — the numeric kernels of the inference engine, one table of functions per instruction set.
///
/// Shape of the module: `ck_kernels` is a table of functions; `dispatch.c` knows which tables this processor can run;
/// `kernels_portable.c`, `kernels_avx2.c`, `kernels_avx512.c` and `kernels_neon.c` each fill one. Kernels do no
/// allocation, no I/O and no validation: shapes are checked once by the caller, in Swift.
///
/// Rules every table keeps, so that results never depend on what shares a batch:
///  - a row of the output depends on that row of the input alone, and is reduced in an order fixed by the row's length;
///  - integer products are exact (no saturation), so the s8 GEMM gives the same sums on every instruction set;
///  - tails are masked or zero-padded, never read beyond what the parameter comments allow.
///
/// Unless said otherwise matrices are row-major float32, `ld…` is the distance between rows in elements, buffers may
/// be unaligned (64-byte alignment is faster), and functions are safe to call from any thread on disjoint outputs.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Columns of one packed panel of a weight matrix, for both the s8 and the f32 layout.
#define CK_PANEL 64

/// Instruction sets, from the least to the most demanding on each architecture.
typedef enum {
    CK_ISA_PORTABLE = 0,
    CK_ISA_NEON = 1,
    CK_ISA_AVX2 = 2,
    CK_ISA_AVX512VNNI = 3,
} ck_isa;

/// What is done with a GEMM's result before it is stored.
enum {
    CK_RELU = 1,        ///< c = max(value, 0)
    CK_ACCUMULATE = 2,  ///< c = c + value (applied after CK_RELU)
};

/// Element-wise functions, numbered by ourselves.
typedef enum {
    CK_ACT_NONE = 0,
    CK_ACT_RELU = 1,
    CK_ACT_GELU = 2,          ///< x · Φ(x), by erf
    CK_ACT_GELU_TANH = 3,     ///< 0.5 x (1 + tanh(√(2/π)(x + 0.044715 x³)))
    CK_ACT_GELU_SIGMOID = 4,  ///< x · σ(1.702 x)
    CK_ACT_SWISH = 5,         ///< x · σ(x)
    CK_ACT_TANH = 6,
    CK_ACT_SIGMOID = 7,
} ck_activation;

/// Running state of one row's scan over its logits: the k best so far and the log of the sum of exponentials.
/// `values` are in descending order; equal values keep the smaller id first. Before the first block the caller sets
/// `values` to -INFINITY, `ids` to -1, `maximum` to -INFINITY and `sum` to 0. log Σ exp(x) = maximum + log(sum).
typedef struct {
    float maximum;
    float sum;
    int32_t k;
    float *values;
    int32_t *ids;
} ck_row_scan;

/// The numeric kernels of one instruction set.
typedef struct {
    ck_isa isa;
    const char *name;

    /// c[m][n] = f((Σ_k (a[m][k] − 128) · b[k][n]) · a_scale[m] · b_scale[n] + bias[n])
    /// - a: m × k_padded bytes, each the signed activation plus 128, 1 … 255 (0, which would stand for −128, is not
    ///   allowed: it keeps products of absolute values within 16 bits); k_padded is a multiple of 4.
    /// - b: packed by `ck_pack_s8`: ⌈n/64⌉ panels, each k_padded/4 × 64 columns × 4 consecutive k.
    /// - b_sums: per column 128 · Σ_k b[k][n], padded to a multiple of 64.
    /// - a_scale: m factors; b_scale, bias: n factors and terms, padded to a multiple of 64 (bias never NULL).
    /// - c: m rows of ldc ≥ ⌈n/64⌉·64 floats; padding columns are written too.
    /// - flags: CK_RELU, CK_ACCUMULATE.
    void (*gemm_s8)(size_t m, size_t panels, size_t k_padded, const uint8_t *a, size_t lda, const float *a_scale,
                    const int8_t *b, const int32_t *b_sums, const float *b_scale, const float *bias, int flags,
                    float *c, size_t ldc);

    /// c[m][n] = f(Σ_k a[m][k] · b[k][n] + bias[n]), k ascending, one fused multiply-add per term.
    /// - b: packed by `ck_pack_f32`: ⌈n/64⌉ panels, each k × 64 columns.
    /// - c, bias, flags as above.
    void (*gemm_f32)(size_t m, size_t panels, size_t k, const float *a, size_t lda, const float *b, const float *bias,
                     int flags, float *c, size_t ldc);

    /// Quantises each row to bytes q = 128 + round(x · 127 / max|x|), ties to even; scale = max|x| / 127 (the factor
    /// that leads back). A row of zeros gets scale 0 and bytes 128, and so does one so small that 127 / max|x| is
    /// infinite. Bytes k…k_padded−1 are set to 128. A value that is
    /// not a number gives an unspecified byte.
    void (*quantize_rows)(size_t m, size_t k, size_t k_padded, const float *x, size_t ldx, uint8_t *q, size_t ldq,
                          float *scale);

    /// out[j] = q[j] · factor + (addend ? addend[j] : 0)
    void (*dequantize_row)(size_t n, const int8_t *q, float factor, const float *addend, float *out);

    /// out[j] = x[j] · factor + (addend ? addend[j] : 0)
    void (*scale_row)(size_t n, const float *x, float factor, const float *addend, float *out);

    /// Layer normalisation of each row: (x − mean) / √(variance + epsilon) · gamma + beta. May work in place.
    void (*layer_norm)(size_t m, size_t n, const float *x, size_t ldx, const float *gamma, const float *beta,
                       float epsilon, float *out, size_t ldo);

    /// RMS normalisation of each row: x / √(mean(x²) + epsilon) · gamma. May work in place.
    void (*rms_norm)(size_t m, size_t n, const float *x, size_t ldx, const float *gamma, float epsilon, float *out,
                     size_t ldo);

    /// x[i] = f(x[i])
    void (*activate)(ck_activation f, size_t n, float *x);

    /// x[i] = x[i] · y[i]
    void (*multiply)(size_t n, float *x, const float *y);

    /// Transposes s rows of `width` floats into `out`: width rows of lds floats, zero from column s to lds.
    /// lds is a multiple of 16 and ≥ s.
    void (*transpose)(size_t s, size_t width, const float *x, size_t ldx, float *out, size_t lds);

    /// Scaled dot-product attention of one head over keys that all queries share (encoder self-attention, and the
    /// decoder's attention to the source): out = softmax(scale · q kᵀ) v.
    /// - queries: m rows of `width`; keys: transposed, width rows of lds; values: s rows of `width` at distance ldv.
    /// - weights: m rows of lds floats; holds the attention weights afterwards (zero from s to lds).
    void (*attend_shared)(size_t m, size_t s, size_t width, float scale, const float *queries, size_t ldq,
                          const float *keys, size_t lds, const float *values, size_t ldv, float *weights, float *out,
                          size_t ldo);

    /// Scaled dot-product attention of all heads of one row over cached keys and values: position t's key starts at
    /// keys + rows[t] · ld, head h's part at + h · width; values likewise.
    /// - query, out: heads · width floats; scores: scratch of `length` rounded up to a multiple of 16 floats.
    void (*attend_cached)(size_t length, size_t heads, size_t width, float scale, const float *query,
                          const float *keys, const float *values, size_t ld, const int32_t *rows, float *scores,
                          float *out);

    /// Scans n logits whose first one has the id `first_id`: updates the k best, and, where `with_sum` is not 0, the
    /// maximum and the sum of exponentials. The sum's rounding depends on the blocks' borders, so callers cut blocks at
    /// fixed ids. −INFINITY and −FLT_MAX take part in neither.
    void (*scan_logits)(size_t n, const float *logits, int32_t first_id, int with_sum, ck_row_scan *state);
} ck_kernels;

/// The table for an instruction set, or NULL where this build or this processor lacks it.
const ck_kernels *ck_kernels_for(ck_isa isa);

/// The best table this processor can run; never NULL.
const ck_kernels *ck_kernels_best(void);

/// Packs an s8 matrix given as n rows (output columns) of k values at distance ldb into panels of 64 columns × 4 k, as
/// `gemm_s8` reads it; missing columns and k are zero. `packed` holds ⌈n/64⌉·64·k_padded bytes; `sums` receives
/// 128 · Σ_k per column (⌈n/64⌉·64 values).
void ck_pack_s8(const int8_t *b, size_t ldb, size_t n, size_t k, size_t k_padded, int8_t *packed, int32_t *sums);

/// Packs columns first…first+63 of a float matrix given as n rows (output columns) of k values at distance ldb into
/// one panel of k × 64; missing columns are zero.
void ck_pack_f32_panel(const float *b, size_t ldb, size_t columns, size_t k, float *panel);

/// Quantises one row of weights: q = round(x · 127 / max|x|), ties to even; returns 127 / max|x|, or 1 for zeros.
float ck_quantize_weights(const float *x, size_t n, int8_t *q);

/// Widens n IEEE half-precision values (little-endian, unaligned).
void ck_half_to_float(const void *x, size_t n, float *out);

/// Widens n bfloat16 values (little-endian, unaligned).
void ck_bfloat16_to_float(const void *x, size_t n, float *out);

#ifdef __cplusplus
}
#endif
