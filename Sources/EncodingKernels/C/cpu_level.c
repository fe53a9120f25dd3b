#include "cpu_level.h"

int32_t ingot_cpu_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("x86-64-v3") ? 3 : 1;
#else
  return 1;
#endif
}
