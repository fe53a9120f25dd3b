#ifndef INGOT_SHA_H
#define INGOT_SHA_H

/* Whether this CPU has the SHA extensions, SSSE3 and SSE4.1 (x86-64); 0 elsewhere. */
int ingot_cpu_has_sha(void);

#endif
