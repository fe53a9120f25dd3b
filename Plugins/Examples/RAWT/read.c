/* Reading: the header is read whole, checked line by line, and kept; the index points into it. */
#include "rawt.h"

#include <stdlib.h>
#include <string.h>

struct ingot_reader {
    ingot_index index;
    char *header;
    ingot_metadata *metadata;
    uint64_t metadata_capacity;
    ingot_tensor *tensors;
    uint64_t tensor_capacity;
    uint64_t *dimensions; /* RAWT_MAX_RANK for each tensor */
};

/* Where parsing is. Nothing is read at or beyond `end`. */
typedef struct cursor {
    const ingot_host *host;
    const char *start;
    const char *at;
    const char *end;
} cursor;

static int32_t malformed(const cursor *c, const char *reason, const char *message) {
    return rawt_fail(c->host, INGOT_MALFORMED, reason, message, (uint64_t)(c->at - c->start));
}

static int32_t no_memory(const ingot_host *host) {
    return rawt_fail(host, INGOT_FAILED, "out-of-memory", "memory ran out", INGOT_NO_OFFSET);
}

/* Makes room for one more element: by doubling, so that memory follows what was really read. */
static int grow(void **array, uint64_t *capacity, uint64_t count, uint64_t size) {
    if (count < *capacity) return 1;
    uint64_t wanted = *capacity == 0 ? 16 : *capacity * 2;
    void *larger = realloc(*array, wanted * size);
    if (larger == NULL) return 0;
    *array = larger;
    *capacity = wanted;
    return 1;
}

/* Takes the characters up to `stop`, which is in this line, and `stop` itself. */
static int take_until(cursor *c, const char *line_end, char stop, ingot_string *out) {
    const char *found = memchr(c->at, stop, (size_t)(line_end - c->at));
    if (found == NULL) return 0;
    out->bytes = c->at;
    out->byte_count = (uint64_t)(found - c->at);
    c->at = found + 1;
    return 1;
}

static int32_t read_meta(cursor *c, const char *line_end, ingot_reader *reader) {
    ingot_string key;
    if (!take_until(c, line_end, ' ', &key) || key.byte_count == 0 ||
        key.byte_count > RAWT_MAX_NAME || !rawt_is_printable(key.bytes, key.byte_count, 0)) {
        return malformed(c, "bad-key", "a metadata key is not 1 to 255 printable characters");
    }
    ingot_string value = {c->at, (uint64_t)(line_end - c->at)};
    if (value.byte_count > RAWT_MAX_VALUE || !rawt_is_printable(value.bytes, value.byte_count, 1)) {
        return malformed(c, "bad-value", "a metadata value is not up to 4095 printable characters");
    }
    uint64_t count = reader->index.metadata_count;
    if (count >= c->host->limits.metadata_count) {
        return rawt_fail(c->host, INGOT_LIMIT_EXCEEDED, "too-much-metadata",
                         "there are more metadata lines than the limit allows", INGOT_NO_OFFSET);
    }
    if (!grow((void **)&reader->metadata, &reader->metadata_capacity, count,
              sizeof *reader->metadata)) {
        return no_memory(c->host);
    }
    memset(&reader->metadata[count], 0, sizeof reader->metadata[count]);
    reader->metadata[count].key = key;
    reader->metadata[count].type = INGOT_STRING;
    reader->metadata[count].value.string = value;
    reader->index.metadata_count = count + 1;
    return INGOT_OK;
}

/* Reads "2,3" or "-" up to the end of the line. */
static int32_t read_shape(cursor *c, const char *line_end, uint64_t *dimensions, uint32_t *rank) {
    *rank = 0;
    if (line_end - c->at == 1 && *c->at == '-') {
        c->at = line_end;
        return INGOT_OK;
    }
    for (;;) {
        const char *first = c->at;
        uint64_t value = 0;
        while (c->at < line_end && *c->at >= '0' && *c->at <= '9') {
            if (!rawt_multiply(value, 10, &value) ||
                !rawt_add(value, (uint64_t)(*c->at - '0'), &value) || value > INT64_MAX) {
                return malformed(c, "extent-too-large", "an extent is above 2^63 - 1");
            }
            c->at++;
        }
        if (c->at == first || (*first == '0' && c->at - first > 1)) {
            return malformed(c, "bad-shape", "an extent is not a number without leading zeros");
        }
        if (*rank == RAWT_MAX_RANK) return malformed(c, "bad-shape", "the rank is above 8");
        if (*rank >= c->host->limits.rank) {
            return rawt_fail(c->host, INGOT_LIMIT_EXCEEDED, "rank-too-high",
                             "a tensor has more extents than the limit allows", INGOT_NO_OFFSET);
        }
        dimensions[(*rank)++] = value;
        if (c->at == line_end) return INGOT_OK;
        if (*c->at != ',') return malformed(c, "bad-shape", "a comma was expected in a shape");
        c->at++;
    }
}

/* Bytes of a tensor; returns 0 on overflow. Zero extents are left out of the product, so that 2^62 rows of
 * 2^62 columns of nothing are refused. */
static int tensor_size(const uint64_t *dimensions, uint32_t rank, uint64_t size, uint64_t *out) {
    uint64_t product = size;
    int empty = 0;
    for (uint32_t axis = 0; axis < rank; axis++) {
        if (dimensions[axis] == 0) {
            empty = 1;
        } else if (!rawt_multiply(product, dimensions[axis], &product) || product > INT64_MAX) {
            return 0;
        }
    }
    *out = empty ? 0 : product;
    return 1;
}

static int32_t read_tensor(cursor *c, const char *line_end, ingot_reader *reader) {
    ingot_string name, type;
    if (!take_until(c, line_end, ' ', &name) || name.byte_count == 0 ||
        name.byte_count > RAWT_MAX_NAME || !rawt_is_printable(name.bytes, name.byte_count, 0)) {
        return malformed(c, "bad-name", "a tensor's name is not 1 to 255 printable characters");
    }
    if (!take_until(c, line_end, ' ', &type)) {
        return malformed(c, "bad-type", "a tensor has no element type");
    }
    uint64_t size = rawt_element_size(type.bytes, type.byte_count);
    if (size == 0) return malformed(c, "bad-type", "the format does not have this element type");
    uint64_t count = reader->index.tensor_count;
    if (count >= c->host->limits.tensor_count) {
        return rawt_fail(c->host, INGOT_LIMIT_EXCEEDED, "too-many-tensors",
                         "there are more tensors than the limit allows", INGOT_NO_OFFSET);
    }
    uint64_t capacity = reader->tensor_capacity;
    if (!grow((void **)&reader->tensors, &capacity, count, sizeof *reader->tensors) ||
        !grow((void **)&reader->dimensions, &reader->tensor_capacity, count,
              RAWT_MAX_RANK * sizeof *reader->dimensions)) {
        return no_memory(c->host);
    }
    ingot_tensor *tensor = &reader->tensors[count];
    memset(tensor, 0, sizeof *tensor);
    tensor->name = name;
    tensor->element_type = type;
    uint64_t *dimensions = &reader->dimensions[count * RAWT_MAX_RANK];
    int32_t status = read_shape(c, line_end, dimensions, &tensor->rank);
    if (status != INGOT_OK) return status;
    if (!tensor_size(dimensions, tensor->rank, size, &tensor->byte_count)) {
        return malformed(c, "size-overflow", "a tensor is larger than 2^63 - 1 bytes");
    }
    reader->index.tensor_count = count + 1;
    return INGOT_OK;
}

static int32_t read_lines(cursor *c, ingot_reader *reader) {
    for (;;) {
        const char *line_end = memchr(c->at, '\n', (size_t)(c->end - c->at));
        if (line_end == NULL) return malformed(c, "line-too-long", "a line does not end");
        uint64_t length = (uint64_t)(line_end - c->at);
        int32_t status;
        if (length == 3 && memcmp(c->at, "end", 3) == 0) {
            c->at = line_end + 1;
            break;
        } else if (length > 5 && memcmp(c->at, "meta ", 5) == 0) {
            if (reader->index.tensor_count > 0) {
                return malformed(c, "line-order", "a meta line follows a tensor line");
            }
            c->at += 5;
            status = read_meta(c, line_end, reader);
        } else if (length > 7 && memcmp(c->at, "tensor ", 7) == 0) {
            c->at += 7;
            status = read_tensor(c, line_end, reader);
        } else {
            return malformed(c, "unknown-line", "a line is none of meta, tensor and end");
        }
        if (status != INGOT_OK) return status;
        c->at = line_end + 1;
    }
    if (c->end - c->at >= RAWT_ALIGNMENT) {
        return malformed(c, "header-length", "the header is longer than it needs to be");
    }
    for (; c->at < c->end; c->at++) {
        if (*c->at != '\n') return malformed(c, "bad-padding", "the padding is not line feeds");
    }
    return INGOT_OK;
}

/* Gives each tensor its place, and its dimensions, whose array no longer moves. */
static int32_t place_tensors(cursor *c, ingot_reader *reader, uint64_t file_byte_count) {
    uint64_t offset = (uint64_t)(c->end - c->start);
    for (uint64_t i = 0; i < reader->index.tensor_count; i++) {
        ingot_tensor *tensor = &reader->tensors[i];
        tensor->dimensions = &reader->dimensions[i * RAWT_MAX_RANK];
        tensor->offset = offset;
        if (!rawt_add(offset, tensor->byte_count, &offset)) {
            return malformed(c, "size-overflow", "the tensors are larger than 2^64 bytes");
        }
    }
    if (offset != file_byte_count) {
        return malformed(c, "file-length", "the file is not as long as its header says");
    }
    reader->index.tensors = reader->tensors;
    reader->index.metadata = reader->metadata;
    int twice = rawt_has_duplicate(&reader->index);
    if (twice < 0) return no_memory(c->host);
    if (twice) {
        return rawt_fail(c->host, INGOT_REFUSED, "duplicate-name",
                         "a name or key appears twice", INGOT_NO_OFFSET);
    }
    return INGOT_OK;
}

/* Reads the first line. */
static int32_t header_length(const ingot_host *host, const ingot_source *source, uint64_t *out) {
    char line[RAWT_FIRST_LINE];
    if (source->byte_count < sizeof line) {
        return rawt_fail(host, INGOT_MALFORMED, "truncated", "the file ends in its first line", 0);
    }
    int32_t status = source->read(source->context, 0, line, sizeof line);
    if (status != INGOT_OK) return status;
    uint64_t length = 0;
    int good = memcmp(line, RAWT_MAGIC, sizeof RAWT_MAGIC - 1) == 0 && line[16] == '\n';
    for (int i = 6; i < 16; i++) {
        good = good && line[i] >= '0' && line[i] <= '9';
        length = length * 10 + (uint64_t)(line[i] - '0');
    }
    if (!good) {
        return rawt_fail(host, INGOT_MALFORMED, "bad-first-line",
                         "the first line is not \"RAWT1 \" and ten digits", 0);
    }
    if (length < RAWT_ALIGNMENT || length % RAWT_ALIGNMENT != 0 || length > RAWT_MAX_HEADER ||
        length > source->byte_count) {
        return rawt_fail(host, INGOT_MALFORMED, "header-length",
                         "the header's length is not a multiple of 64 within the file and 64 MiB", 6);
    }
    if (length > host->limits.header_byte_count) {
        return rawt_fail(host, INGOT_LIMIT_EXCEEDED, "header-too-large",
                         "the header is longer than the limit allows", 6);
    }
    *out = length;
    return INGOT_OK;
}

int32_t rawt_open(const ingot_host *host, const ingot_source *source, ingot_reader **out) {
    uint64_t length = 0;
    int32_t status = header_length(host, source, &length);
    if (status != INGOT_OK) return status;
    ingot_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return no_memory(host);
    /* The length is within the file and the limit, so this is no more than was really there. */
    reader->header = malloc(length);
    if (reader->header == NULL) {
        status = no_memory(host);
    } else {
        status = source->read(source->context, 0, reader->header, length);
    }
    if (status == INGOT_OK) {
        cursor c = {host, reader->header, reader->header + RAWT_FIRST_LINE,
                    reader->header + length};
        status = read_lines(&c, reader);
        if (status == INGOT_OK) status = place_tensors(&c, reader, source->byte_count);
    }
    if (status != INGOT_OK) {
        rawt_close(reader);
        return status;
    }
    *out = reader;
    return INGOT_OK;
}

int32_t rawt_index(ingot_reader *reader, const ingot_host *host, const ingot_index **out) {
    (void)host;
    *out = &reader->index;
    return INGOT_OK;
}

void rawt_close(ingot_reader *reader) {
    if (reader == NULL) return;
    free(reader->header);
    free(reader->metadata);
    free(reader->tensors);
    free(reader->dimensions);
    free(reader);
}
