/* Writing: everything is checked and measured first, then the header is written in one piece. */
#include "rawt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The layout, first, so that its address is the address of the whole. */
typedef struct whole {
    ingot_layout layout;
    ingot_segment header;
    uint64_t *offsets;
    char *bytes;
} whole;

static int32_t refuse(const ingot_host *host, const char *reason, const char *message) {
    return rawt_fail(host, INGOT_INVALID_ARGUMENT, reason, message, INGOT_NO_OFFSET);
}

static int is_name(const ingot_string *text) {
    return text->byte_count >= 1 && text->byte_count <= RAWT_MAX_NAME &&
           rawt_is_printable(text->bytes, text->byte_count, 0);
}

/* Checks everything the format cannot hold, and adds up the lines. */
static int32_t measure(const ingot_host *host, const ingot_index *wanted, uint64_t *header) {
    uint64_t length = RAWT_FIRST_LINE + 4; /* "end\n" */
    for (uint64_t i = 0; i < wanted->metadata_count; i++) {
        const ingot_metadata *entry = &wanted->metadata[i];
        if (!is_name(&entry->key)) {
            return refuse(host, "bad-key", "a key is not 1 to 255 printable characters");
        }
        if (entry->type != INGOT_STRING ||
            entry->value.string.byte_count > RAWT_MAX_VALUE ||
            !rawt_is_printable(entry->value.string.bytes, entry->value.string.byte_count, 1)) {
            return refuse(host, "bad-value", "a value is not up to 4095 printable characters");
        }
        length += 5 + entry->key.byte_count + 1 + entry->value.string.byte_count + 1;
    }
    for (uint64_t i = 0; i < wanted->tensor_count; i++) {
        const ingot_tensor *tensor = &wanted->tensors[i];
        if (!is_name(&tensor->name)) {
            return refuse(host, "bad-name", "a name is not 1 to 255 printable characters");
        }
        if (rawt_element_size(tensor->element_type.bytes, tensor->element_type.byte_count) == 0) {
            return refuse(host, "bad-type", "the format does not have this element type");
        }
        if (tensor->rank > RAWT_MAX_RANK) return refuse(host, "bad-shape", "the rank is above 8");
        length += 7 + tensor->name.byte_count + 1 + tensor->element_type.byte_count + 1;
        length += tensor->rank == 0 ? 2 : 0;
        for (uint32_t axis = 0; axis < tensor->rank; axis++) {
            length += (uint64_t)snprintf(NULL, 0, "%llu,",
                                         (unsigned long long)tensor->dimensions[axis]);
        }
    }
    if (length > RAWT_MAX_HEADER - RAWT_ALIGNMENT) {
        return refuse(host, "header-too-large", "the header would be above 64 MiB");
    }
    int twice = rawt_has_duplicate(wanted);
    if (twice < 0) {
        return rawt_fail(host, INGOT_FAILED, "out-of-memory", "memory ran out", INGOT_NO_OFFSET);
    }
    if (twice) return refuse(host, "duplicate-name", "a name or key appears twice");
    *header = (length + RAWT_ALIGNMENT - 1) / RAWT_ALIGNMENT * RAWT_ALIGNMENT;
    return INGOT_OK;
}

static char *put(char *at, const char *bytes, uint64_t byte_count) {
    if (byte_count > 0) memcpy(at, bytes, byte_count);
    return at + byte_count;
}

static char *put_string(char *at, const ingot_string *text, char after) {
    at = put(at, text->bytes, text->byte_count);
    *at = after;
    return at + 1;
}

/* Writes the lines that `measure` added up. The NUL that snprintf leaves is overwritten by the next
 * line, for there always is one: "end". */
static void write_header(char *bytes, uint64_t length, const ingot_index *wanted) {
    memset(bytes, '\n', length);
    char *at = bytes + snprintf(bytes, RAWT_FIRST_LINE + 1, RAWT_MAGIC "%010llu\n",
                                (unsigned long long)length);
    for (uint64_t i = 0; i < wanted->metadata_count; i++) {
        at = put(at, "meta ", 5);
        at = put_string(at, &wanted->metadata[i].key, ' ');
        at = put_string(at, &wanted->metadata[i].value.string, '\n');
    }
    for (uint64_t i = 0; i < wanted->tensor_count; i++) {
        const ingot_tensor *tensor = &wanted->tensors[i];
        at = put(at, "tensor ", 7);
        at = put_string(at, &tensor->name, ' ');
        at = put_string(at, &tensor->element_type, ' ');
        if (tensor->rank == 0) at = put(at, "-,", 2);
        for (uint32_t axis = 0; axis < tensor->rank; axis++) {
            char number[24];
            int count = snprintf(number, sizeof number, "%llu,",
                                 (unsigned long long)tensor->dimensions[axis]);
            at = put(at, number, (uint64_t)count);
        }
        at[-1] = '\n'; /* in place of the last comma */
    }
    put(at, "end\n", 4);
}

int32_t rawt_layout(const ingot_host *host, const ingot_index *wanted, const ingot_layout **out) {
    uint64_t length = 0;
    int32_t status = measure(host, wanted, &length);
    if (status != INGOT_OK) return status;
    whole *result = calloc(1, sizeof *result);
    if (result != NULL) {
        result->bytes = malloc(length);
        result->offsets = calloc(wanted->tensor_count + 1, sizeof *result->offsets);
    }
    if (result == NULL || result->bytes == NULL || result->offsets == NULL) {
        rawt_free_layout(result == NULL ? NULL : &result->layout);
        return rawt_fail(host, INGOT_FAILED, "out-of-memory", "memory ran out", INGOT_NO_OFFSET);
    }
    write_header(result->bytes, length, wanted);
    uint64_t offset = length;
    for (uint64_t i = 0; i < wanted->tensor_count; i++) {
        result->offsets[i] = offset;
        if (!rawt_add(offset, wanted->tensors[i].byte_count, &offset)) {
            rawt_free_layout(&result->layout);
            return refuse(host, "size-overflow", "the tensors are larger than 2^64 bytes");
        }
    }
    result->header = (ingot_segment){0, length, (const uint8_t *)result->bytes};
    result->layout = (ingot_layout){offset, &result->header, 1, result->offsets,
                                    wanted->tensor_count};
    *out = &result->layout;
    return INGOT_OK;
}

void rawt_free_layout(const ingot_layout *layout) {
    if (layout == NULL) return;
    whole *result = (whole *)layout;
    free(result->bytes);
    free(result->offsets);
    free(result);
}
