/// Matrix products of the NEON table, in tiles of 4 rows (or fewer) × 16 columns that keep their sums in registers.
#if defined(__aarch64__)
#include "kernels_neon.h"
#if defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

/// Whether the processor multiplies and adds four bytes per lane (FEAT_DotProd).
static int has_dot_product(void) {
#if defined(__linux__)
    return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#else
    return 1;  // every 64-bit Apple processor that runs macOS has it
#endif
}

/// c = f(value), as the flags of a product say.
NEON_INLINE void store(float32x4_t value, int flags, float *c) {
    if (flags & CK_RELU) value = vmaxnmq_f32(value, vdupq_n_f32(0));
    if (flags & CK_ACCUMULATE) value = vaddq_f32(vld1q_f32(c), value);
    vst1q_f32(c, value);
}

// MARK: Eight bits

/// One product; `column` below counts from the first column of the first panel.
typedef struct {
    size_t k_padded, lda, ldc;
    const uint8_t *a;
    const int8_t *b;
    const float *a_scale, *b_scale, *bias;
    int flags;
    float *c;
} s8_product;

/// Scales and stores the exact sums of one tile.
NEON_INLINE void s8_store(int rows, const s8_product *p, size_t row, size_t column, int32x4_t sums[rows][4]) {
#pragma unroll
    for (int r = 0; r < rows; r++)
#pragma unroll
        for (int j = 0; j < 4; j++) {
            size_t first = column + 4 * (size_t)j;
            float32x4_t scale = vmulq_n_f32(vld1q_f32(p->b_scale + first), p->a_scale[row + (size_t)r]);
            float32x4_t value = vfmaq_f32(vld1q_f32(p->bias + first), vcvtq_f32_s32(sums[r][j]), scale);
            store(value, p->flags, p->c + (row + (size_t)r) * p->ldc + first);
        }
}

NEON_INLINE const int8_t *s8_columns(const s8_product *p, size_t column) {
    return p->b + column / CK_PANEL * CK_PANEL * p->k_padded + column % CK_PANEL * 4;
}

/// Four activations of one row, signed and repeated.
NEON_INLINE int8x16_t s8_activations(const s8_product *p, size_t row, size_t k) {
    uint32_t four;
    memcpy(&four, p->a + row * p->lda + k, sizeof four);
    return vreinterpretq_s8_u32(vdupq_n_u32(four ^ 0x80808080));
}

/// One tile without the dot product: bytes are multiplied to 16 bits and added in pairs to 32. A single product fits
/// in 16 bits, so nothing saturates.
NEON_INLINE void s8_tile(int rows, const s8_product *p, size_t row, size_t column) {
    const int8_t *b = s8_columns(p, column);
    int32x4_t sums[rows][4];
#pragma unroll
    for (int r = 0; r < rows; r++)
#pragma unroll
        for (int j = 0; j < 4; j++) sums[r][j] = vdupq_n_s32(0);
    for (size_t k = 0; k < p->k_padded; k += 4) {
#pragma unroll
        for (int r = 0; r < rows; r++) {
            int8x16_t activations = s8_activations(p, row + (size_t)r, k);
#pragma unroll
            for (int j = 0; j < 4; j++) {
                int8x16_t weights = vld1q_s8(b + k * CK_PANEL + 16 * j);
                int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(weights), vget_low_s8(activations)));
                int32x4_t high = vpaddlq_s16(vmull_high_s8(weights, activations));
                sums[r][j] = vaddq_s32(sums[r][j], vpaddq_s32(low, high));
            }
        }
    }
    s8_store(rows, p, row, column, sums);
}

#define DOT __attribute__((target("dotprod")))

DOT NEON_INLINE void s8_tile_dot(int rows, const s8_product *p, size_t row, size_t column) {
    const int8_t *b = s8_columns(p, column);
    int32x4_t sums[rows][4];
#pragma unroll
    for (int r = 0; r < rows; r++)
#pragma unroll
        for (int j = 0; j < 4; j++) sums[r][j] = vdupq_n_s32(0);
    for (size_t k = 0; k < p->k_padded; k += 4) {
#pragma unroll
        for (int r = 0; r < rows; r++) {
            int8x16_t activations = s8_activations(p, row + (size_t)r, k);
#pragma unroll
            for (int j = 0; j < 4; j++)
                sums[r][j] = vdotq_s32(sums[r][j], vld1q_s8(b + k * CK_PANEL + 16 * j), activations);
        }
    }
    s8_store(rows, p, row, column, sums);
}

/// Every row of the panel that starts at `column`.
#define S8_PANEL(NAME, TARGET, TILE)                                                                              \
    TARGET static void NAME(const s8_product *p, size_t m, size_t column) {                                       \
        for (size_t row = 0; row < m;) {                                                                          \
            size_t left = m - row, rows = left < 4 ? left : 4;                                                    \
            for (size_t j = column; j < column + CK_PANEL; j += 16) {                                             \
                if (rows == 4) TILE(4, p, row, j);                                                                \
                if (rows == 3) TILE(3, p, row, j);                                                                \
                if (rows == 2) TILE(2, p, row, j);                                                                \
                if (rows == 1) TILE(1, p, row, j);                                                                \
            }                                                                                                     \
            row += rows;                                                                                          \
        }                                                                                                         \
    }
S8_PANEL(s8_panel, , s8_tile)
S8_PANEL(s8_panel_dot, DOT, s8_tile_dot)

void ck_neon_gemm_s8(size_t m, size_t panels, size_t k_padded, const uint8_t *a, size_t lda, const float *a_scale,
                     const int8_t *b, const int32_t *b_sums, const float *b_scale, const float *bias, int flags,
                     float *c, size_t ldc) {
    (void)b_sums;  // activations are made signed here, so there is nothing to take off
    s8_product product = {k_padded, lda, ldc, a, b, a_scale, b_scale, bias, flags, c};
    int dot = has_dot_product();
    for (size_t panel = 0; panel < panels; panel++) (dot ? s8_panel_dot : s8_panel)(&product, m, panel * CK_PANEL);
}

// MARK: Floats

/// As above, for floats.
typedef struct {
    size_t k, lda, ldc;
    const float *a, *b, *bias;
    int flags;
    float *c;
} f32_product;

NEON_INLINE void f32_tile(int rows, const f32_product *p, size_t row, size_t column) {
    float32x4_t sums[rows][4];
    const float *b = p->b + column / CK_PANEL * CK_PANEL * p->k + column % CK_PANEL;
    product_tile(rows, 4, p->k, p->a + row * p->lda, p->lda, b, CK_PANEL, sums);
#pragma unroll
    for (int r = 0; r < rows; r++)
#pragma unroll
        for (int j = 0; j < 4; j++) {
            size_t first = column + 4 * (size_t)j;
            float32x4_t value = vaddq_f32(sums[r][j], vld1q_f32(p->bias + first));
            store(value, p->flags, p->c + (row + (size_t)r) * p->ldc + first);
        }
}

static void f32_panel(const f32_product *p, size_t m, size_t column) {
    for (size_t row = 0; row < m;) {
        size_t left = m - row, rows = left < 4 ? left : 4;
        for (size_t j = column; j < column + CK_PANEL; j += 16) {
            if (rows == 4) f32_tile(4, p, row, j);
            if (rows == 3) f32_tile(3, p, row, j);
            if (rows == 2) f32_tile(2, p, row, j);
            if (rows == 1) f32_tile(1, p, row, j);
        }
        row += rows;
    }
}

void ck_neon_gemm_f32(size_t m, size_t panels, size_t k, const float *a, size_t lda, const float *b, const float *bias,
                      int flags, float *c, size_t ldc) {
    f32_product product = {k, lda, ldc, a, b, bias, flags, c};
    for (size_t panel = 0; panel < panels; panel++) f32_panel(&product, m, panel * CK_PANEL);
}
#endif
