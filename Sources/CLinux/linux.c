#define _GNU_SOURCE
#include "ingot_linux.h"

#if defined(__linux__)
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
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

int ingot_clone_range(int destination, int64_t destination_offset, int source,
                      int64_t source_offset, int64_t byte_count) {
    struct file_clone_range range = {
        .src_fd = source,
        .src_offset = (uint64_t)source_offset,
        .src_length = (uint64_t)byte_count,
        .dest_offset = (uint64_t)destination_offset,
    };
    return ioctl(destination, FICLONERANGE, &range) == 0 ? 0 : errno;
}

int ingot_copy_range(int destination, int64_t destination_offset, int source,
                     int64_t source_offset, int64_t byte_count, int64_t *copied) {
    off_t from = source_offset;
    off_t to = destination_offset;
    ssize_t count = copy_file_range(source, &from, destination, &to, (size_t)byte_count, 0);
    *copied = count < 0 ? 0 : count;
    return count < 0 ? errno : 0;
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
