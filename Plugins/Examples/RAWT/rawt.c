/* The table of the RAWT plugin, its entry, and what reading and writing share. */
#include "rawt.h"

#include <stdlib.h>
#include <string.h>

uint64_t rawt_element_size(const char *name, uint64_t byte_count) {
    static const struct {
        const char *name;
        uint64_t size;
    } types[] = {{"F64", 8}, {"I64", 8}, {"U64", 8}, {"F32", 4}, {"I32", 4}, {"U32", 4}, {"F16", 2},
                 {"BF16", 2}, {"I16", 2}, {"U16", 2}, {"I8", 1}, {"U8", 1}, {"BOOL", 1}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strlen(types[i].name) == byte_count && memcmp(types[i].name, name, byte_count) == 0) {
            return types[i].size;
        }
    }
    return 0;
}

int rawt_is_printable(const char *bytes, uint64_t byte_count, int allow_spaces) {
    for (uint64_t i = 0; i < byte_count; i++) {
        if (bytes[i] < (allow_spaces ? 0x20 : 0x21) || bytes[i] > 0x7E) return 0;
    }
    return 1;
}

int32_t rawt_fail(const ingot_host *host, int32_t code, const char *reason, const char *message,
                  uint64_t offset) {
    ingot_error error;
    memset(&error, 0, sizeof error);
    error.code = (uint32_t)code;
    error.reason.bytes = reason;
    error.reason.byte_count = strlen(reason);
    error.message.bytes = message;
    error.message.byte_count = strlen(message);
    error.offset = offset;
    host->report(host->context, &error);
    return code;
}

int rawt_multiply(uint64_t a, uint64_t b, uint64_t *result) {
    if (b != 0 && a > UINT64_MAX / b) return 0;
    *result = a * b;
    return 1;
}

int rawt_add(uint64_t a, uint64_t b, uint64_t *result) {
    if (a > UINT64_MAX - b) return 0;
    *result = a + b;
    return 1;
}

static int compare(const void *left, const void *right) {
    const ingot_string *a = *(const ingot_string *const *)left;
    const ingot_string *b = *(const ingot_string *const *)right;
    if (a->byte_count != b->byte_count) return a->byte_count < b->byte_count ? -1 : 1;
    return memcmp(a->bytes, b->bytes, a->byte_count);
}

/* The names are `stride` bytes apart. Sorting keeps a million names from taking hours. */
static int has_equal_names(const void *first, uint64_t count, size_t stride) {
    if (count < 2) return 0;
    const ingot_string **sorted = malloc(count * sizeof *sorted);
    if (sorted == NULL) return -1;
    for (uint64_t i = 0; i < count; i++) {
        sorted[i] = (const ingot_string *)(const void *)((const char *)first + i * stride);
    }
    qsort(sorted, count, sizeof *sorted, compare);
    int found = 0;
    for (uint64_t i = 1; i < count && !found; i++) {
        found = compare(&sorted[i - 1], &sorted[i]) == 0;
    }
    free(sorted);
    return found;
}

int rawt_has_duplicate(const ingot_index *index) {
    int found = 0;
    if (index->tensor_count > 0) {
        found = has_equal_names(&index->tensors[0].name, index->tensor_count,
                                sizeof *index->tensors);
    }
    if (found == 0 && index->metadata_count > 0) {
        found = has_equal_names(&index->metadata[0].key, index->metadata_count,
                                sizeof *index->metadata);
    }
    return found;
}

static uint32_t probe(const uint8_t *prefix, uint64_t prefix_byte_count, uint64_t file_byte_count) {
    (void)file_byte_count;
    const uint64_t count = sizeof RAWT_MAGIC - 1;
    if (prefix_byte_count < count || memcmp(prefix, RAWT_MAGIC, count) != 0) return 0;
    return 8 * (uint32_t)count;
}

static const char manifest[] =
    "{\"id\":\"rawt\",\"name\":\"RAWT\",\"version\":\"1.0.0\","
    "\"summary\":\"A header of text lines, then the weights\","
    "\"license\":\"Apache-2.0\",\"extensions\":[\"rawt\"]}";

static const ingot_plugin plugin = {
    .magic = INGOT_PLUGIN_MAGIC,
    .struct_size = sizeof(ingot_plugin),
    .abi_major = INGOT_ABI_MAJOR,
    .abi_minor = INGOT_ABI_MINOR,
    .manifest = {manifest, sizeof manifest - 1},
    .probe = probe,
    .open = rawt_open,
    .index = rawt_index,
    .close = rawt_close,
    .layout = rawt_layout,
    .free_layout = rawt_free_layout,
};

__attribute__((visibility("default"))) const ingot_plugin *ingot_plugin_entry_rawt(void);

const ingot_plugin *ingot_plugin_entry_rawt(void) {
    return &plugin;
}
