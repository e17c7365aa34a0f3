#include "kernels.h"

#if defined(__x86_64__)
static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
static int has_avx512vnni(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
           && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
           && __builtin_cpu_supports("avx512vnni");
}
#endif

const ck_kernels *ck_kernels_for(ck_isa isa) {
    switch (isa) {
    case CK_ISA_PORTABLE: return &ck_kernels_portable;
#if defined(__x86_64__)
    case CK_ISA_AVX2: return has_avx2() ? &ck_kernels_avx2 : NULL;
    case CK_ISA_AVX512VNNI: return has_avx512vnni() ? &ck_kernels_avx512 : NULL;
#endif
#if defined(__aarch64__)
    case CK_ISA_NEON: return &ck_kernels_neon;
#endif
    default: return NULL;
    }
}

const ck_kernels *ck_kernels_best(void) {
    for (int isa = CK_ISA_AVX512VNNI; isa > CK_ISA_PORTABLE; isa--) {
        const ck_kernels *kernels = ck_kernels_for((ck_isa)isa);
        if (kernels) return kernels;
    }
    return &ck_kernels_portable;
}
