#define _GNU_SOURCE
#include "ingot_linux.h"

#if defined(__linux__)
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

/* fallocate(2): not posix_fallocate, which writes every block where the filesystem cannot. */
int ingot_reserve(int descriptor, int64_t byte_count) {
    return fallocate(descriptor, 0, 0, byte_count) == 0 ? 0 : errno;
}

/* sync_file_range(2) with SYNC_FILE_RANGE_WRITE. */
int ingot_start_writeback(int descriptor, int64_t offset, int64_t byte_count) {
    return sync_file_range(descriptor, offset, byte_count, SYNC_FILE_RANGE_WRITE) == 0 ? 0 : errno;
}

/* renameat2(2) with RENAME_EXCHANGE; by number, because musl has no wrapper. */
int ingot_exchange(const char *a, const char *b) {
    return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0 ? 0 : errno;
}

/* sched_getaffinity(2), up to 8192 processors. */
int ingot_processor_count(void) {
    const size_t bytes = CPU_ALLOC_SIZE(8192);
    cpu_set_t *set = CPU_ALLOC(8192);
    if (!set) return 0;
    int count = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    return count;
}
#endif
