#include "ingot_plugin.h"

#include <stddef.h>

/* The binary layout is the contract: a change here is a new ABI version. */
_Static_assert(sizeof(ingot_string) == 16, "ingot_string");
_Static_assert(sizeof(ingot_error) == 64, "ingot_error");
_Static_assert(sizeof(ingot_limits) == 32, "ingot_limits");
_Static_assert(sizeof(ingot_host) == 56, "ingot_host");
_Static_assert(sizeof(ingot_source) == 24, "ingot_source");
_Static_assert(sizeof(ingot_array) == 24, "ingot_array");
_Static_assert(sizeof(ingot_metadata) == 48, "ingot_metadata");
_Static_assert(sizeof(ingot_tensor) == 64, "ingot_tensor");
_Static_assert(sizeof(ingot_index) == 32, "ingot_index");
_Static_assert(sizeof(ingot_segment) == 24, "ingot_segment");
_Static_assert(sizeof(ingot_layout) == 40, "ingot_layout");
_Static_assert(sizeof(ingot_plugin) == 88, "ingot_plugin");
_Static_assert(offsetof(ingot_plugin, struct_size) == 8, "struct_size");
_Static_assert(offsetof(ingot_plugin, abi_major) == 12, "abi_major");
_Static_assert(offsetof(ingot_plugin, probe) == 32, "probe");
_Static_assert(offsetof(ingot_plugin, layout) == 72, "layout");
