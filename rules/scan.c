#include "rules/scan.h"

#include <string.h>

static int always(void)
{
    return 1;
}

#if defined(__x86_64__)
static int has_ssse3(void)
{
    return __builtin_cpu_supports("ssse3") != 0;
}

static int has_avx2(void)
{
    return __builtin_cpu_supports("avx2") != 0;
}

static int has_avx512bw(void)
{
    return __builtin_cpu_supports("avx512bw") != 0;
}

static int has_avx512vbmi2(void)
{
    return has_avx512bw() && __builtin_cpu_supports("avx512vbmi") != 0 &&
           __builtin_cpu_supports("avx512vbmi2") != 0;
}
#endif

static const struct scan_kernel kernels[] = {
    {"scalar", kernel_scalar, kernel_scalar_mark, kernel_scalar_wipe, literal_scalar, always},
#if defined(__x86_64__)
    {"ssse3", kernel_ssse3, kernel_ssse3_mark, kernel_ssse3_wipe, literal_ssse3, has_ssse3},
    {"avx2", kernel_avx2, kernel_avx2_mark, kernel_avx2_wipe, literal_avx2, has_avx2},
    {"avx512bw", kernel_avx512bw, kernel_avx512bw_mark, kernel_avx512bw_wipe, literal_avx512bw,
     has_avx512bw},
    {"avx512vbmi2", kernel_avx512vbmi2, kernel_avx512vbmi2_mark, kernel_avx512vbmi2_wipe,
     literal_avx512vbmi2, has_avx512vbmi2},
#elif defined(__aarch64__)
    {"neon", kernel_neon, kernel_neon_mark, kernel_neon_wipe, literal_neon, always},
#endif
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct scan_kernel *scan_kernels(void)
{
    return kernels;
}

const struct scan_kernel *scan_choose(const char *name)
{
    const struct scan_kernel *chosen = NULL;
    for (const struct scan_kernel *kernel = kernels; kernel->name; kernel++) {
        if ((!name || strcmp(name, kernel->name) == 0) && kernel->is_usable())
            chosen = kernel;
    }
    return chosen;
}
