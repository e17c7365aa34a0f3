/// Checks one table of kernels against the portable one, for processors that the Swift tests do not run on:
/// `scripts/test-neon` runs it under an emulator. Usage: kernel-check neon|avx2|avx512vnni [unguarded]
///
/// Every buffer ends where an inaccessible page begins, so a kernel that reads or writes past one stops the program.
/// `unguarded` leaves those pages accessible, for emulators that read what a masked load leaves out.
#include "CKernels.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const ck_kernels *table, *reference;
static const size_t sizes[] = {1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 129, 257};
#define FOR_SIZES(n) for (size_t i_##n = 0, n; i_##n < sizeof sizes / sizeof *sizes && (n = sizes[i_##n]); i_##n++)
static int guarded, failures, comparisons;

// MARK: Buffers

static struct {
    void *start;
    size_t length;
} mappings[256];
static size_t mapped;

/// `size` bytes up to an inaccessible page, all of them `fill`.
static void *buffer(size_t size, int fill) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), length = (size + page - 1) / page * page + page;
    char *start = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED || mapped == sizeof mappings / sizeof *mappings) {
        fprintf(stderr, "No memory for a buffer of %zu bytes.\n", size);
        exit(2);
    }
    if (guarded) mprotect(start + length - page, page, PROT_NONE);
    mappings[mapped].start = start;
    mappings[mapped++].length = length;
    return memset(start + length - page - size, fill, size);
}

static void release_buffers(void) {
    while (mapped) {
        mapped--;
        munmap(mappings[mapped].start, mappings[mapped].length);
    }
}

static uint64_t state;
static uint32_t next_number(void) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

static float *floats(size_t n, float magnitude) {
    float *x = buffer(n * sizeof *x, 0);
    for (size_t i = 0; i < n; i++) x[i] = magnitude * ((float)next_number() * 0x1p-30f - 1);
    return x;
}

/// Bytes from `lowest` up to 127 (or, as unsigned bytes, 255).
static void *bytes(size_t n, int lowest, int highest) {
    uint8_t *x = buffer(n, 0);
    for (size_t i = 0; i < n; i++) x[i] = (uint8_t)(lowest + (int)(next_number() % (uint32_t)(highest - lowest + 1)));
    return x;
}

static float *output(size_t n) { return memset(buffer(n * sizeof(float), 0), 0, n * sizeof(float)); }

// MARK: Comparisons

static void report(const char *kernel, size_t n, size_t at, double got, double expected) {
    if (failures++ < 20) printf("FAILED %s, size %zu: [%zu] is %.9g, not %.9g\n", kernel, n, at, got, expected);
}

static void expect_close(const char *kernel, size_t n, size_t count, const float *got, const float *expected,
                         double tolerance) {
    comparisons++;
    for (size_t i = 0; i < count; i++)
        if (!(fabs((double)got[i] - expected[i]) <= tolerance * (1 + fabs((double)expected[i]))))
            return report(kernel, n, i, got[i], expected[i]);
}

static void expect_same(const char *kernel, size_t n, size_t size, const void *got, const void *expected) {
    comparisons++;
    for (size_t i = 0; i < size; i++)
        if (((const uint8_t *)got)[i] != ((const uint8_t *)expected)[i])
            return report(kernel, n, i, ((const uint8_t *)got)[i], ((const uint8_t *)expected)[i]);
}

// MARK: Matrix products

static void check_gemm_s8(size_t m, size_t n, size_t k, int flags) {
    size_t padded = (k + 3) / 4 * 4, panels = (n + 63) / 64, ldc = panels * 64;
    const uint8_t *a = bytes(m * padded, 1, 255);
    const int8_t *b = bytes(n * k, -128, 127);
    int8_t *packed = buffer(ldc * padded, 0);
    int32_t *sums = buffer(ldc * sizeof *sums, 0);
    ck_pack_s8(b, k, n, k, padded, packed, sums);
    float *row_scale = floats(m, 0.01f), *column_scale = floats(ldc, 0.01f), *bias = floats(ldc, 1);
    float *got = output(m * ldc), *expected = output(m * ldc), *alone = output(ldc);
    table->gemm_s8(m, panels, padded, a, padded, row_scale, packed, sums, column_scale, bias, flags, got, ldc);
    reference->gemm_s8(m, panels, padded, a, padded, row_scale, packed, sums, column_scale, bias, flags, expected, ldc);
    expect_close("gemm_s8", k, m * ldc, got, expected, 1e-6);
    table->gemm_s8(1, panels, padded, a + (m - 1) * padded, padded, row_scale + m - 1, packed, sums, column_scale, bias,
                   flags, alone, ldc);
    expect_same("gemm_s8, row alone", k, ldc * sizeof *alone, got + (m - 1) * ldc, alone);

    for (size_t i = 0; i < m; i++) row_scale[i] = 1;
    for (size_t j = 0; j < ldc; j++) column_scale[j] = 1, bias[j] = 0;
    table->gemm_s8(m, panels, padded, a, padded, row_scale, packed, sums, column_scale, bias, 0, got, ldc);
    reference->gemm_s8(m, panels, padded, a, padded, row_scale, packed, sums, column_scale, bias, 0, expected, ldc);
    expect_same("gemm_s8, exact", k, m * ldc * sizeof *got, got, expected);
    release_buffers();
}

/// Sums of 4096 products of the largest magnitude.
static void check_extremes(int activation, int weight) {
    enum { K = 4096 };
    const uint8_t *a = buffer(K, activation);
    const int8_t *b = buffer(64 * K, weight);
    int8_t *packed = buffer(64 * K, 0);
    int32_t *sums = buffer(64 * sizeof *sums, 0);
    ck_pack_s8(b, K, 64, K, K, packed, sums);
    float *ones = output(64), *zeros = output(64), *got = output(64), *expected = output(64);
    for (size_t j = 0; j < 64; j++) ones[j] = 1, expected[j] = (float)((activation - 128) * weight * K);
    table->gemm_s8(1, 1, K, a, K, ones, packed, sums, ones, zeros, 0, got, 64);
    expect_same("gemm_s8, extremes", K, 64 * sizeof *got, got, expected);
    release_buffers();
}

static void check_gemm_f32(size_t m, size_t n, size_t k, int flags) {
    size_t panels = (n + 63) / 64, ldc = panels * 64;
    float *a = floats(m * k, 1), *b = floats(n * k, 1), *bias = floats(ldc, 1), *packed = output(ldc * k);
    for (size_t panel = 0; panel < panels; panel++) {
        size_t columns = n - panel * 64 < 64 ? n - panel * 64 : 64;
        ck_pack_f32_panel(b + panel * 64 * k, k, columns, k, packed + panel * 64 * k);
    }
    float *got = output(m * ldc), *expected = output(m * ldc), *alone = output(ldc);
    table->gemm_f32(m, panels, k, a, k, packed, bias, flags, got, ldc);
    reference->gemm_f32(m, panels, k, a, k, packed, bias, flags, expected, ldc);
    expect_close("gemm_f32", k, m * ldc, got, expected, 1e-5);
    table->gemm_f32(1, panels, k, a + (m - 1) * k, k, packed, bias, flags, alone, ldc);
    expect_same("gemm_f32, row alone", k, ldc * sizeof *alone, got + (m - 1) * ldc, alone);
    release_buffers();
}

// MARK: Rows

static void check_quantize(size_t k) {
    size_t m = 3, padded = (k + 3) / 4 * 4;
    float *x = floats(m * k, 3), *scale = output(m), *expected_scale = output(m);
    memset(x, 0, k * sizeof *x);
    uint8_t *got = buffer(m * padded, 7), *expected = buffer(m * padded, 9);
    table->quantize_rows(m, k, padded, x, k, got, padded, scale);
    reference->quantize_rows(m, k, padded, x, k, expected, padded, expected_scale);
    expect_same("quantize_rows", k, m * padded, got, expected);
    expect_same("quantize_rows, scales", k, m * sizeof *scale, scale, expected_scale);
    release_buffers();
}

static void check_rows(size_t n) {
    size_t m = 3;
    const int8_t *q = bytes(n, -128, 127);
    float *x = floats(m * n, 2), *gamma = floats(n, 1), *beta = floats(n, 1);
    float *got = output(m * n), *expected = output(m * n);
    table->dequantize_row(n, q, 0.03f, beta, got);
    reference->dequantize_row(n, q, 0.03f, beta, expected);
    expect_close("dequantize_row", n, n, got, expected, 1e-6);
    table->scale_row(n, x, 22.6f, NULL, got);
    reference->scale_row(n, x, 22.6f, NULL, expected);
    expect_close("scale_row", n, n, got, expected, 1e-6);
    table->layer_norm(m, n, x, n, gamma, beta, 1e-5f, got, n);
    reference->layer_norm(m, n, x, n, gamma, beta, 1e-5f, expected, n);
    expect_close("layer_norm", n, m * n, got, expected, 4e-6);
    table->rms_norm(m, n, x, n, gamma, 1e-5f, got, n);
    reference->rms_norm(m, n, x, n, gamma, 1e-5f, expected, n);
    expect_close("rms_norm", n, m * n, got, expected, 4e-6);
    for (int f = CK_ACT_NONE; f <= CK_ACT_SIGMOID; f++) {
        for (size_t i = 0; i < n; i++) got[i] = expected[i] = 4 * x[i];
        table->activate((ck_activation)f, n, got);
        reference->activate((ck_activation)f, n, expected);
        expect_close("activate", n, n, got, expected, 1e-6);
    }
    table->multiply(n, got, gamma);
    reference->multiply(n, expected, gamma);
    expect_close("multiply", n, n, got, expected, 1e-6);
    release_buffers();
}

// MARK: Attention

static void check_shared_attention(size_t m, size_t s, size_t width) {
    size_t lds = (s + 15) / 16 * 16;
    float *queries = floats(m * width, 1), *rows = floats(s * width, 1), *values = floats(s * width, 1);
    float *keys = output(width * lds), *expected_keys = output(width * lds);
    table->transpose(s, width, rows, width, keys, lds);
    reference->transpose(s, width, rows, width, expected_keys, lds);
    expect_same("transpose", s, width * lds * sizeof *keys, keys, expected_keys);
    float *weights = output(m * lds), *expected_weights = output(m * lds);
    float *got = output(m * width), *expected = output(m * width), *alone = output(width);
    table->attend_shared(m, s, width, 0.3f, queries, width, keys, lds, values, width, weights, got, width);
    reference->attend_shared(m, s, width, 0.3f, queries, width, keys, lds, values, width, expected_weights, expected,
                             width);
    expect_close("attend_shared", s, m * width, got, expected, 4e-6);
    expect_close("attend_shared, weights", s, m * lds, weights, expected_weights, 4e-6);
    table->attend_shared(1, s, width, 0.3f, queries + (m - 1) * width, width, keys, lds, values, width, weights, alone,
                         width);
    expect_same("attend_shared, row alone", s, width * sizeof *alone, got + (m - 1) * width, alone);
    release_buffers();
}

static void check_cached_attention(size_t length, size_t heads, size_t width) {
    size_t ld = heads * width;
    float *query = floats(ld, 2), *keys = floats(length * ld, 1), *values = floats(length * ld, 1);
    float *scores = output((length + 15) / 16 * 16), *got = output(ld), *expected = output(ld);
    int32_t *rows = buffer(length * sizeof *rows, 0);
    for (size_t t = 0; t < length; t++) rows[t] = (int32_t)(length - 1 - t);
    table->attend_cached(length, heads, width, 0.3f, query, keys, values, ld, rows, scores, got);
    reference->attend_cached(length, heads, width, 0.3f, query, keys, values, ld, rows, scores, expected);
    expect_close("attend_cached", length, ld, got, expected, 4e-6);
    release_buffers();
}

// MARK: Logits

static ck_row_scan scan(const ck_kernels *kernels, size_t n, const float *logits, int32_t k) {
    ck_row_scan row = {-INFINITY, 0, k, output((size_t)k), buffer((size_t)k * sizeof(int32_t), 0xff)};
    for (int32_t i = 0; i < k; i++) row.values[i] = -INFINITY;
    size_t half = n / 2;
    kernels->scan_logits(half, logits, 100, 1, &row);
    kernels->scan_logits(n - half, logits + half, 100 + (int32_t)half, 1, &row);
    return row;
}

static void check_scan(size_t n, int32_t k) {
    float *logits = floats(n, 8);
    for (size_t i = 0; i < n; i += 3) logits[i] = rintf(logits[i]);  // equal values
    if (n > 4) logits[n / 2] = -INFINITY, logits[n - 1] = -0x1.fffffep127f;
    ck_row_scan got = scan(table, n, logits, k), expected = scan(reference, n, logits, k);
    expect_same("scan_logits, values", n, (size_t)k * sizeof(float), got.values, expected.values);
    expect_same("scan_logits, ids", n, (size_t)k * sizeof(int32_t), got.ids, expected.ids);
    expect_close("scan_logits, maximum", n, 1, &got.maximum, &expected.maximum, 0);
    expect_close("scan_logits, sum", n, 1, &got.sum, &expected.sum, 4e-6);
    release_buffers();
}

static const ck_kernels *named(const char *name) {
    for (int isa = CK_ISA_PORTABLE; isa <= CK_ISA_AVX512VNNI; isa++) {
        const ck_kernels *kernels = ck_kernels_for((ck_isa)isa);
        if (kernels && strcmp(kernels->name, name) == 0) return kernels;
    }
    return NULL;
}

int main(int argc, char **argv) {
    reference = ck_kernels_for(CK_ISA_PORTABLE);
    table = argc >= 2 ? named(argv[1]) : NULL;
    guarded = argc < 3 || strcmp(argv[2], "unguarded") != 0;
    if (!table) {
        fprintf(stderr, "Expected the name of a table that this processor can run, not '%s'.\n",
                argc >= 2 ? argv[1] : "");
        return 2;
    }
    FOR_SIZES(k) check_gemm_s8(3, 65, k, CK_RELU), check_gemm_f32(3, 65, k, CK_RELU);
    FOR_SIZES(n) check_gemm_s8(2, n, 9, CK_ACCUMULATE), check_gemm_f32(2, n, 9, CK_ACCUMULATE);
    for (size_t m = 1; m <= 13; m++) check_gemm_s8(m, 64, 20, 0), check_gemm_f32(m, 64, 20, 0);
    const int weights[] = {127, -127, -128};
    for (int i = 0; i < 3; i++) check_extremes(255, weights[i]), check_extremes(1, weights[i]);
    FOR_SIZES(n) check_quantize(n), check_rows(n);
    FOR_SIZES(s) check_shared_attention(7, s, 9), check_shared_attention(13, s, 64);
    FOR_SIZES(width) check_shared_attention(2, 19, width), check_cached_attention(13, 2, width);
    FOR_SIZES(length) check_cached_attention(length, 3, 9), check_cached_attention(length, 1, 64);
    FOR_SIZES(n) check_scan(n, 1), check_scan(n, 5), check_scan(n, 40);
    printf("%s: %d comparisons, %d failed\n", table->name, comparisons, failures);
    return failures ? 1 : 0;
}
