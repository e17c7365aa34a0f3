/// Work done once per model: packing, quantising and widening weights. Plain C; speed matters little here.
#include "CKernels.h"
#include <math.h>
#include <string.h>

void ck_pack_s8(const int8_t *b, size_t ldb, size_t n, size_t k, size_t k_padded, int8_t *packed, int32_t *sums) {
    size_t panels = (n + CK_PANEL - 1) / CK_PANEL;
    memset(packed, 0, panels * CK_PANEL * k_padded);
    memset(sums, 0, panels * CK_PANEL * sizeof *sums);
    for (size_t column = 0; column < n; column++) {
        const int8_t *from = b + column * ldb;
        int8_t *to = packed + (column / CK_PANEL) * CK_PANEL * k_padded + (column % CK_PANEL) * 4;
        int32_t sum = 0;
        for (size_t i = 0; i < k; i++) {
            to[(i / 4) * CK_PANEL * 4 + i % 4] = from[i];
            sum += from[i];
        }
        sums[column] = 128 * sum;
    }
}

void ck_pack_f32_panel(const float *b, size_t ldb, size_t columns, size_t k, float *panel) {
    for (size_t i = 0; i < k; i++)
        for (size_t column = 0; column < CK_PANEL; column++)
            panel[i * CK_PANEL + column] = column < columns ? b[column * ldb + i] : 0;
}

float ck_quantize_weights(const float *x, size_t n, int8_t *q) {
    float largest = 0;
    for (size_t i = 0; i < n; i++) largest = fmaxf(largest, fabsf(x[i]));
    float scale = largest > 0 && isfinite(largest) ? 127.0f / largest : 1;
    if (!isfinite(scale)) scale = 1;
    for (size_t i = 0; i < n; i++) {
        float value = rintf(x[i] * scale);
        q[i] = (int8_t)(value > 127 ? 127 : value >= -127 ? value : -127);
    }
    return scale;
}

void ck_half_to_float(const void *x, size_t n, float *out) {
    const uint8_t *bytes = x;
    for (size_t i = 0; i < n; i++) {
        uint16_t h;
        memcpy(&h, bytes + 2 * i, 2);
        uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = (h >> 10) & 31, mantissa = h & 1023, bits;
        if (exponent == 31) {
            bits = sign | 0x7f800000 | mantissa << 13;
        } else if (exponent) {
            bits = sign | (exponent + 112) << 23 | mantissa << 13;
        } else {  // zero or subnormal: mantissa · 2⁻²⁴ is exact in float32
            float value = (float)mantissa * 0x1p-24f;
            memcpy(&bits, &value, 4);
            bits |= sign;
        }
        memcpy(out + i, &bits, 4);
    }
}

void ck_bfloat16_to_float(const void *x, size_t n, float *out) {
    const uint8_t *bytes = x;
    for (size_t i = 0; i < n; i++) {
        uint16_t h;
        memcpy(&h, bytes + 2 * i, 2);
        uint32_t bits = (uint32_t)h << 16;
        memcpy(out + i, &bits, 4);
    }
}
