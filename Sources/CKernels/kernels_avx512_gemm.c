/// Matrix products with AVX-512: tiles of up to 6 rows × 64 columns held in 24 registers over the whole of k.
#include "kernels_avx512.h"
#if defined(__x86_64__)
#include <string.h>

/// One vector of results on its way to memory.
CK_AVX512 CK_INLINE void store(float *c, __m512 value, int flags) {
    if (flags & CK_RELU) value = _mm512_max_ps(value, _mm512_setzero_ps());
    if (flags & CK_ACCUMULATE) value = _mm512_add_ps(value, _mm512_loadu_ps(c));
    _mm512_storeu_ps(c, value);
}

typedef struct {
    const int32_t *sums;
    const float *scale;
    const float *bias;
    int flags;
} s8_columns;

/// MR rows by one panel. The accumulators start at −128·Σb, which takes the activations' offset out again.
#define S8_TILE(MR)                                                                                                    \
    CK_AVX512 static void s8_tile_##MR(size_t k_padded, const uint8_t *a, size_t lda, const float *a_scale,            \
                                       const int8_t *b, s8_columns columns, float *c, size_t ldc) {                    \
        __m512i acc[MR][4];                                                                                            \
        _Pragma("unroll") for (int j = 0; j < 4; j++) {                                                                \
            __m512i start = _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_loadu_si512(columns.sums + 16 * j));       \
            _Pragma("unroll") for (int i = 0; i < MR; i++) acc[i][j] = start;                                          \
        }                                                                                                              \
        for (size_t k = 0; k < k_padded; k += 4) {                                                                     \
            __m512i bv[4];                                                                                             \
            _Pragma("unroll") for (int j = 0; j < 4; j++) bv[j] = _mm512_loadu_si512(b + k * CK_PANEL + 64 * j);       \
            _Pragma("unroll") for (int i = 0; i < MR; i++) {                                                           \
                int32_t four;                                                                                          \
                memcpy(&four, a + (size_t)i * lda + k, 4);                                                             \
                __m512i av = _mm512_set1_epi32(four);                                                                  \
                _Pragma("unroll") for (int j = 0; j < 4; j++) acc[i][j] = _mm512_dpbusd_epi32(acc[i][j], av, bv[j]);   \
            }                                                                                                          \
        }                                                                                                              \
        _Pragma("unroll") for (int j = 0; j < 4; j++) {                                                                \
            __m512 scale = _mm512_loadu_ps(columns.scale + 16 * j), bias = _mm512_loadu_ps(columns.bias + 16 * j);     \
            _Pragma("unroll") for (int i = 0; i < MR; i++) {                                                           \
                __m512 factor = _mm512_mul_ps(scale, _mm512_set1_ps(a_scale[i]));                                      \
                __m512 value = _mm512_fmadd_ps(_mm512_cvtepi32_ps(acc[i][j]), factor, bias);                           \
                store(c + (size_t)i * ldc + 16 * j, value, columns.flags);                                             \
            }                                                                                                          \
        }                                                                                                              \
    }
S8_TILE(1)
S8_TILE(2)
S8_TILE(3)
S8_TILE(4)
S8_TILE(5)
S8_TILE(6)

typedef void s8_tile(size_t, const uint8_t *, size_t, const float *, const int8_t *, s8_columns, float *, size_t);
static s8_tile *const s8_tiles[7] = {NULL, s8_tile_1, s8_tile_2, s8_tile_3, s8_tile_4, s8_tile_5, s8_tile_6};

CK_AVX512 void ck_avx512_gemm_s8(size_t m, size_t panels, size_t k_padded, const uint8_t *a, size_t lda,
                                 const float *a_scale, const int8_t *b, const int32_t *b_sums, const float *b_scale,
                                 const float *bias, int flags, float *c, size_t ldc) {
    for (size_t panel = 0; panel < panels; panel++) {
        const int8_t *columns = b + panel * CK_PANEL * k_padded;
        size_t first = panel * CK_PANEL;
        s8_columns out = {b_sums + first, b_scale + first, bias + first, flags};
        for (size_t i = 0; i < m; i += 6) {
            size_t rows = m - i < 6 ? m - i : 6;
            s8_tiles[rows](k_padded, a + i * lda, lda, a_scale + i, columns, out, c + i * ldc + first, ldc);
        }
    }
}

#define F32_TILE(MR)                                                                                                   \
    CK_AVX512 static void f32_tile_##MR(size_t depth, const float *a, size_t lda, const float *b, const float *bias,   \
                                        int flags, float *c, size_t ldc) {                                             \
        __m512 acc[MR][4];                                                                                             \
        _Pragma("unroll") for (int j = 0; j < 4; j++)                                                                  \
            _Pragma("unroll") for (int i = 0; i < MR; i++) acc[i][j] = _mm512_setzero_ps();                            \
        for (size_t k = 0; k < depth; k++) {                                                                           \
            __m512 bv[4];                                                                                              \
            _Pragma("unroll") for (int j = 0; j < 4; j++) bv[j] = _mm512_loadu_ps(b + k * CK_PANEL + 16 * j);          \
            _Pragma("unroll") for (int i = 0; i < MR; i++) {                                                           \
                __m512 av = _mm512_set1_ps(a[(size_t)i * lda + k]);                                                    \
                _Pragma("unroll") for (int j = 0; j < 4; j++) acc[i][j] = _mm512_fmadd_ps(av, bv[j], acc[i][j]);       \
            }                                                                                                          \
        }                                                                                                              \
        _Pragma("unroll") for (int j = 0; j < 4; j++)                                                                  \
            _Pragma("unroll") for (int i = 0; i < MR; i++) {                                                           \
                __m512 value = _mm512_add_ps(acc[i][j], _mm512_loadu_ps(bias + 16 * j));                               \
                store(c + (size_t)i * ldc + 16 * j, value, flags);                                                     \
            }                                                                                                          \
    }
F32_TILE(1)
F32_TILE(2)
F32_TILE(3)
F32_TILE(4)
F32_TILE(5)
F32_TILE(6)

typedef void f32_tile(size_t, const float *, size_t, const float *, const float *, int, float *, size_t);
static f32_tile *const f32_tiles[7] = {NULL, f32_tile_1, f32_tile_2, f32_tile_3, f32_tile_4, f32_tile_5, f32_tile_6};

CK_AVX512 void ck_avx512_gemm_f32(size_t m, size_t panels, size_t k, const float *a, size_t lda, const float *b,
                                  const float *bias, int flags, float *c, size_t ldc) {
    for (size_t panel = 0; panel < panels; panel++) {
        const float *columns = b + panel * CK_PANEL * k;
        size_t first = panel * CK_PANEL;
        for (size_t i = 0; i < m; i += 6) {
            size_t rows = m - i < 6 ? m - i : 6;
            f32_tiles[rows](k, a + i * lda, lda, columns, bias + first, flags, c + i * ldc + first, ldc);
        }
    }
}
#endif
