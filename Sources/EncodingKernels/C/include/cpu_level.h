/// The level of the processor, which decides which build of the kernels runs.

#ifndef INGOT_CPU_LEVEL_H
#define INGOT_CPU_LEVEL_H

#include <stdint.h>

/// 3 if this processor and operating system run x86-64-v3 code (AVX2, F16C), else 1.
int32_t ingot_cpu_level(void);

#endif
