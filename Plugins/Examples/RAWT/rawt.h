/* What the three files of the plugin share. See README.md for the format. */
#ifndef RAWT_H
#define RAWT_H

#include "ingot_plugin.h"

#include <stddef.h>

#define RAWT_MAGIC "RAWT1 "
#define RAWT_FIRST_LINE 17 /* "RAWT1 0123456789\n" */
#define RAWT_ALIGNMENT 64
#define RAWT_MAX_HEADER (64u << 20)
#define RAWT_MAX_RANK 8
#define RAWT_MAX_NAME 255
#define RAWT_MAX_VALUE 4095

/* The bytes of one element; 0 for a type that the format does not have. */
uint64_t rawt_element_size(const char *name, uint64_t byte_count);

/* Whether every character is printable ASCII, and none is a space unless spaces are allowed. */
int rawt_is_printable(const char *bytes, uint64_t byte_count, int allow_spaces);

/* Reports one error and returns its code, so that a caller can `return rawt_fail(...)`. */
int32_t rawt_fail(const ingot_host *host, int32_t code, const char *reason, const char *message,
                  uint64_t offset);

/* Whether two tensors or two metadata entries have one name: 1, 0, or -1 if memory ran out. */
int rawt_has_duplicate(const ingot_index *index);

/* a * b and a + b; return 0 if the result does not fit. */
int rawt_multiply(uint64_t a, uint64_t b, uint64_t *result);
int rawt_add(uint64_t a, uint64_t b, uint64_t *result);

int32_t rawt_open(const ingot_host *host, const ingot_source *source, ingot_reader **out);
int32_t rawt_index(ingot_reader *reader, const ingot_host *host, const ingot_index **out);
void rawt_close(ingot_reader *reader);
int32_t rawt_layout(const ingot_host *host, const ingot_index *wanted, const ingot_layout **out);
void rawt_free_layout(const ingot_layout *layout);

#endif
