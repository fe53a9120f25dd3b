/* ingot_plugin.h — the contract between Ingot and a container plugin.
 *
 * A plugin is a shared library named libingot_<id>.so that exports one function,
 *
 *     const ingot_plugin *ingot_plugin_entry_<id>(void);
 *
 * and hides every other symbol. <id> is 1 to 32 characters of [a-z0-9_], beginning with a letter.
 * The table it returns lives as long as the process; a loaded library is never closed.
 *
 * Who does what
 *   The host opens files, reads, hashes, converts and writes. The plugin knows one file format:
 *   it says where the bytes of each tensor are, and which bytes a file needs besides them. A plugin
 *   opens no file, keeps no global state, writes nothing to stdout or stderr and starts no thread.
 *
 * Rules for every call
 *   - Returns INGOT_OK, or an error code after exactly one call of host->report.
 *   - No exception, trap, exit or longjmp crosses this line. File contents are hostile: every number
 *     that comes from a file is checked before it is used, and memory never grows in proportion to
 *     a number that a file merely claims.
 *   - What a call returns through `out` belongs to the plugin and lives until the matching close or
 *     free. The host copies what it keeps. Arguments live until the call returns, except `source`,
 *     which lives until `close`.
 *   - Different readers may be used from different threads at once; one reader is used by one thread
 *     at a time, except `read`, which may be called from several threads.
 *
 * Versions
 *   The host refuses another abi_major, and a plugin whose abi_minor is above its own. Fields are
 *   only ever appended; struct_size says how many of them a table has.
 */
#ifndef INGOT_PLUGIN_H
#define INGOT_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INGOT_PLUGIN_MAGIC 0x4E4947554C504749ull /* "IGPLUGIN", little-endian */
#define INGOT_ABI_MAJOR 1
#define INGOT_ABI_MINOR 0
#define INGOT_NO_OFFSET UINT64_MAX

/* Bytes of UTF-8 text; not NUL-terminated. bytes may be NULL only if byte_count is 0. */
typedef struct ingot_string {
    const char *bytes;
    uint64_t byte_count;
} ingot_string;

/* Error codes: who must act. They are also the return values of every function below. */
enum {
    INGOT_OK = 0,
    INGOT_MALFORMED = 1,         /* the file breaks the rules of its format */
    INGOT_UNSUPPORTED = 2,       /* the file is well-formed, but this plugin does not read it */
    INGOT_LIMIT_EXCEEDED = 3,    /* a limit of ingot_limits, not of the format */
    INGOT_INVALID_ARGUMENT = 4,  /* the host asked for what the format cannot express */
    INGOT_IO = 5,                /* the host's read failed; pass its status on */
    INGOT_REFUSED = 6,           /* well-formed but ambiguous or unsafe, such as a duplicate name */
    INGOT_FAILED = 7,            /* the plugin itself failed */
    INGOT_CORRUPTED = 8          /* bytes differ from a checksum that the file carries */
};

/* One error. `reason` is a stable token of [a-z0-9-], such as "header-too-large", for programs and
 * tests; `message` is for people and gives the value found and the bound. */
typedef struct ingot_error {
    uint32_t code;
    uint32_t reserved;
    ingot_string reason;
    ingot_string message;
    ingot_string tensor;  /* empty, or the tensor concerned */
    uint64_t offset;      /* bytes from the start of the file, or INGOT_NO_OFFSET */
} ingot_error;

/* What a reader may use, whatever the file claims. */
typedef struct ingot_limits {
    uint64_t header_byte_count;  /* everything that is not tensor data */
    uint64_t tensor_count;
    uint64_t metadata_count;
    uint64_t rank;
} ingot_limits;

typedef struct ingot_host {
    uint32_t struct_size;
    uint32_t reserved;
    void *context;
    /* Takes one error; copies what it needs. */
    void (*report)(void *context, const ingot_error *error);
    ingot_limits limits;
} ingot_host;

/* The file, as the host sees it. `read` fills destination with exactly byte_count bytes from
 * offset, or returns an error code (it has then called host->report itself). */
typedef struct ingot_source {
    void *context;
    uint64_t byte_count;
    int32_t (*read)(void *context, uint64_t offset, void *destination, uint64_t byte_count);
} ingot_source;

/* Types of metadata values. Scalars are stored in the union's member of the same type. */
enum {
    INGOT_U8 = 0, INGOT_I8 = 1, INGOT_U16 = 2, INGOT_I16 = 3, INGOT_U32 = 4, INGOT_I32 = 5,
    INGOT_F32 = 6, INGOT_BOOL = 7, INGOT_STRING = 8, INGOT_ARRAY = 9,
    INGOT_U64 = 10, INGOT_I64 = 11, INGOT_F64 = 12
};

/* Elements are contiguous, in the host's byte order and naturally aligned: uint8_t for INGOT_U8 and
 * INGOT_BOOL (0 or 1), ..., double for INGOT_F64, ingot_string for INGOT_STRING. Arrays do not nest. */
typedef struct ingot_array {
    uint32_t element_type;
    uint32_t reserved;
    uint64_t count;
    const void *elements;
} ingot_array;

typedef struct ingot_metadata {
    ingot_string key;
    uint32_t type;
    uint32_t reserved;
    union {
        uint64_t u64;   /* INGOT_U8, U16, U32, U64 and BOOL, widened */
        int64_t i64;    /* INGOT_I8, I16, I32 and I64, widened */
        double f64;     /* INGOT_F64 */
        float f32;      /* INGOT_F32 */
        ingot_string string;
        ingot_array array;
    } value;
} ingot_metadata;

enum {
    INGOT_TENSOR_BY_READ = 1  /* the bytes are not a plain extent of the file: use `read` */
};

/* One tensor. element_type is the name from its specification: "F32", "BF16", "F8_E4M3", "Q4_0".
 * dimensions are slowest first, as PyTorch prints a shape; the last one is contiguous. */
typedef struct ingot_tensor {
    ingot_string name;
    ingot_string element_type;
    const uint64_t *dimensions;
    uint32_t rank;
    uint32_t flags;
    uint64_t offset;      /* bytes from the start of the file; ignored by `layout` */
    uint64_t byte_count;
} ingot_tensor;

/* Everything but the weights, in file order. */
typedef struct ingot_index {
    const ingot_tensor *tensors;
    uint64_t tensor_count;
    const ingot_metadata *metadata;
    uint64_t metadata_count;
} ingot_index;

/* One run of bytes that a file needs besides tensor data: header, padding, trailer. */
typedef struct ingot_segment {
    uint64_t offset;
    uint64_t byte_count;
    const uint8_t *bytes;
} ingot_segment;

/* Where everything goes. Segments and tensors together cover [0, byte_count) once, without a gap. */
typedef struct ingot_layout {
    uint64_t byte_count;
    const ingot_segment *segments;
    uint64_t segment_count;
    const uint64_t *tensor_offsets;  /* one for each tensor of the index, in its order */
    uint64_t tensor_count;
} ingot_layout;

typedef struct ingot_reader ingot_reader;  /* the plugin's own */

typedef struct ingot_plugin {
    uint64_t magic;        /* INGOT_PLUGIN_MAGIC */
    uint32_t struct_size;  /* sizeof(ingot_plugin) */
    uint16_t abi_major;
    uint16_t abi_minor;

    /* A JSON object with exactly these keys: "id" (equal to <id>), "name", "version" (three numbers
     * with dots), "summary", "license", "extensions" (array of strings without a dot). Any other
     * key is refused, so that a misspelt one is found. */
    ingot_string manifest;

    /* How many bits of `prefix` (the file's first bytes, 64 KiB at most) identify this format; 0 if
     * it is not this format. The highest bid wins; a tie is an error. Never fails. */
    uint32_t (*probe)(const uint8_t *prefix, uint64_t prefix_byte_count, uint64_t file_byte_count);

    /* Reads and checks everything but the weights. */
    int32_t (*open)(const ingot_host *host, const ingot_source *source, ingot_reader **out);
    int32_t (*index)(ingot_reader *reader, const ingot_host *host, const ingot_index **out);
    void (*close)(ingot_reader *reader);

    /* Bytes [offset, offset + byte_count) of one tensor's data. NULL if no tensor has
     * INGOT_TENSOR_BY_READ. */
    int32_t (*read)(ingot_reader *reader, const ingot_host *host, uint64_t tensor_index,
                    uint64_t offset, void *destination, uint64_t byte_count);

    /* The exact bytes and offsets of a file that holds `wanted`. The same index gives the same
     * bytes. Both NULL in a plugin that only reads. Fails with INGOT_INVALID_ARGUMENT and a reason
     * if the format cannot hold a name, element type, shape or metadata value of `wanted`. */
    int32_t (*layout)(const ingot_host *host, const ingot_index *wanted, const ingot_layout **out);
    void (*free_layout)(const ingot_layout *layout);
} ingot_plugin;

#ifdef __cplusplus
}
#endif

#endif
