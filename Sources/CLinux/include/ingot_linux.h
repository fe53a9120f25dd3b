/* Linux calls that glibc declares only under _GNU_SOURCE, which Swift's importer does not set. */
#ifndef INGOT_LINUX_H
#define INGOT_LINUX_H

#include <stdint.h>

#if defined(__linux__)
/* Each returns 0, or the errno of the failed call. */
int ingot_reserve(int descriptor, int64_t byte_count);
int ingot_start_writeback(int descriptor, int64_t offset, int64_t byte_count);
int ingot_exchange(const char *a, const char *b);

/* FICLONERANGE: the extents of `source` become those of `destination` too. Offsets and count are
   multiples of the block size, but for the end of the file. */
int ingot_clone_range(int destination, int64_t destination_offset, int source,
                      int64_t source_offset, int64_t byte_count);

/* copy_file_range(2) once; `copied` has how many bytes it took. */
int ingot_copy_range(int destination, int64_t destination_offset, int source,
                     int64_t source_offset, int64_t byte_count, int64_t *copied);

/* The processors that the calling thread may run on; 0 if the system does not say. */
int ingot_processor_count(void);
#endif

#endif
