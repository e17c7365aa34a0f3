/// Matrix products of the AVX2 table. Panels are cut into tiles of rows × vectors that keep their sums in registers;
/// fewer rows take more vectors, so that enough independent sums hide the latency of an addition.
#if defined(__x86_64__)
#include "kernels_avx2.h"
#include <string.h>

/// c = f(value), as the flags of a product say.
AVX2_INLINE void store(__m256 value, int flags, float *c) {
    if (flags & CK_RELU) value = _mm256_max_ps(value, _mm256_setzero_ps());
    if (flags & CK_ACCUMULATE) value = _mm256_add_ps(_mm256_loadu_ps(c), value);
    _mm256_storeu_ps(c, value);
}

// MARK: Eight bits

/// One product; `column` below counts from the first column of the first panel.
typedef struct {
    size_t k_padded, lda, ldc;
    const uint8_t *a;
    const int8_t *b;
    const float *a_scale, *b_scale, *bias;
    const int32_t *b_sums;
    int flags;
    float *c;
} s8_product;

/// Scales and stores the exact sums of one tile.
AVX2_INLINE void s8_store(int rows, int vectors, const s8_product *p, size_t row, size_t column,
                          __m256i sums[rows][vectors]) {
#pragma unroll
    for (int r = 0; r < rows; r++) {
        __m256 factor = _mm256_broadcast_ss(p->a_scale + row + r);
#pragma unroll
        for (int j = 0; j < vectors; j++) {
            size_t first = column + 8 * (size_t)j;
            __m256 scale = _mm256_mul_ps(_mm256_loadu_ps(p->b_scale + first), factor);
            __m256 value = _mm256_cvtepi32_ps(sums[r][j]);
            value = _mm256_fmadd_ps(value, scale, _mm256_loadu_ps(p->bias + first));
            store(value, p->flags, p->c + (row + (size_t)r) * p->ldc + first);
        }
    }
}

AVX2_INLINE const int8_t *s8_columns(const s8_product *p, size_t column) {
    return p->b + column / CK_PANEL * CK_PANEL * p->k_padded + column % CK_PANEL * 4;
}

/// Four activations of one row, repeated.
AVX2_INLINE __m256i s8_activations(const s8_product *p, size_t row, size_t k) {
    int32_t four;
    memcpy(&four, p->a + row * p->lda + k, sizeof four);
    return _mm256_set1_epi32(four);
}

/// One tile without AVX-VNNI. `vpmaddubsw` multiplies unsigned by signed bytes and adds pairs with saturation, so the
/// weight's sign moves to the activation: |b| ≤ 128 and |a| ≤ 127 keep a pair within ±32,512.
AVX2_INLINE void s8_tile(int rows, int vectors, const s8_product *p, size_t row, size_t column) {
    const __m256i offset = _mm256_set1_epi8(-128), ones = _mm256_set1_epi16(1);
    const int8_t *b = s8_columns(p, column);
    __m256i sums[rows][vectors];
#pragma unroll
    for (int r = 0; r < rows; r++)
#pragma unroll
        for (int j = 0; j < vectors; j++) sums[r][j] = _mm256_setzero_si256();
    for (size_t k = 0; k < p->k_padded; k += 4) {
#pragma unroll
        for (int r = 0; r < rows; r++) {
            __m256i activations = _mm256_xor_si256(s8_activations(p, row + (size_t)r, k), offset);
#pragma unroll
            for (int j = 0; j < vectors; j++) {
                __m256i weights = _mm256_loadu_si256((const __m256i *)(b + k * CK_PANEL + 32 * j));
                __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(weights), _mm256_sign_epi8(activations, weights));
                sums[r][j] = _mm256_add_epi32(sums[r][j], _mm256_madd_epi16(pairs, ones));
            }
        }
    }
    s8_store(rows, vectors, p, row, column, sums);
}

#define AVX2_VNNI __attribute__((target("avx2,fma,avxvnni")))

/// One tile with AVX-VNNI, whose instruction takes the activations as they are: 128 · Σ b is taken off at the start.
AVX2_VNNI __attribute__((always_inline)) static inline void
s8_tile_vnni(int rows, int vectors, const s8_product *p, size_t row, size_t column) {
    const int8_t *b = s8_columns(p, column);
    __m256i sums[rows][vectors];
#pragma unroll
    for (int r = 0; r < rows; r++)
#pragma unroll
        for (int j = 0; j < vectors; j++) {
            __m256i offset = _mm256_loadu_si256((const __m256i *)(p->b_sums + column + 8 * (size_t)j));
            sums[r][j] = _mm256_sub_epi32(_mm256_setzero_si256(), offset);
        }
    for (size_t k = 0; k < p->k_padded; k += 4) {
#pragma unroll
        for (int r = 0; r < rows; r++) {
            __m256i activations = s8_activations(p, row + (size_t)r, k);
#pragma unroll
            for (int j = 0; j < vectors; j++) {
                __m256i weights = _mm256_loadu_si256((const __m256i *)(b + k * CK_PANEL + 32 * j));
                sums[r][j] = _mm256_dpbusd_avx_epi32(sums[r][j], activations, weights);
            }
        }
    }
    s8_store(rows, vectors, p, row, column, sums);
}

/// Every row of the panel that starts at `column`.
#define S8_PANEL(NAME, TARGET, TILE)                                                                              \
    TARGET static void NAME(const s8_product *p, size_t m, size_t column) {                                       \
        for (size_t row = 0; row < m;) {                                                                          \
            size_t left = m - row, rows = left < 4 ? left : 4;                                                    \
            size_t step = rows == 1 ? 64 : rows == 2 ? 32 : 16;                                                   \
            for (size_t j = column; j < column + CK_PANEL; j += step) {                                           \
                if (rows == 4) TILE(4, 2, p, row, j);                                                             \
                if (rows == 3) TILE(3, 2, p, row, j);                                                             \
                if (rows == 2) TILE(2, 4, p, row, j);                                                             \
                if (rows == 1) TILE(1, 8, p, row, j);                                                             \
            }                                                                                                     \
            row += rows;                                                                                          \
        }                                                                                                         \
    }
S8_PANEL(s8_panel, AVX2, s8_tile)
S8_PANEL(s8_panel_vnni, AVX2_VNNI, s8_tile_vnni)

void ck_avx2_gemm_s8(size_t m, size_t panels, size_t k_padded, const uint8_t *a, size_t lda, const float *a_scale,
                     const int8_t *b, const int32_t *b_sums, const float *b_scale, const float *bias, int flags,
                     float *c, size_t ldc) {
    s8_product product = {k_padded, lda, ldc, a, b, a_scale, b_scale, bias, b_sums, flags, c};
    int vnni = __builtin_cpu_supports("avxvnni");
    for (size_t panel = 0; panel < panels; panel++)
        (vnni ? s8_panel_vnni : s8_panel)(&product, m, panel * CK_PANEL);
}

// MARK: Floats

/// As above, for floats.
typedef struct {
    size_t k, lda, ldc;
    const float *a, *b, *bias;
    int flags;
    float *c;
} f32_product;

AVX2_INLINE void f32_tile(int rows, int vectors, const f32_product *p, size_t row, size_t column) {
    __m256 sums[rows][vectors];
    const float *b = p->b + column / CK_PANEL * CK_PANEL * p->k + column % CK_PANEL;
    product_tile(rows, vectors, p->k, p->a + row * p->lda, p->lda, b, CK_PANEL, sums);
#pragma unroll
    for (int r = 0; r < rows; r++)
#pragma unroll
        for (int j = 0; j < vectors; j++) {
            size_t first = column + 8 * (size_t)j;
            __m256 value = _mm256_add_ps(sums[r][j], _mm256_loadu_ps(p->bias + first));
            store(value, p->flags, p->c + (row + (size_t)r) * p->ldc + first);
        }
}

AVX2 static void f32_panel(const f32_product *p, size_t m, size_t column) {
    for (size_t row = 0; row < m;) {
        size_t left = m - row, rows = left >= 6 ? 6 : left >= 4 ? 4 : left;
        size_t step = rows == 1 ? 64 : rows <= 3 ? 32 : 16;
        for (size_t j = column; j < column + CK_PANEL; j += step) {
            if (rows == 6) f32_tile(6, 2, p, row, j);
            if (rows == 4) f32_tile(4, 2, p, row, j);
            if (rows == 3) f32_tile(3, 4, p, row, j);
            if (rows == 2) f32_tile(2, 4, p, row, j);
            if (rows == 1) f32_tile(1, 8, p, row, j);
        }
        row += rows;
    }
}

void ck_avx2_gemm_f32(size_t m, size_t panels, size_t k, const float *a, size_t lda, const float *b, const float *bias,
                      int flags, float *c, size_t ldc) {
    f32_product product = {k, lda, ldc, a, b, bias, flags, c};
    for (size_t panel = 0; panel < panels; panel++) f32_panel(&product, m, panel * CK_PANEL);
}
#endif
