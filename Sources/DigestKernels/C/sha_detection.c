#include "ingot_sha.h"

#if defined(__x86_64__)
#include <cpuid.h>

int ingot_cpu_has_sha(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    int has_ssse3 = (c >> 9) & 1, has_sse41 = (c >> 19) & 1;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    return has_ssse3 && has_sse41 && ((b >> 29) & 1);
}
#else
int ingot_cpu_has_sha(void) { return 0; }
#endif
