import Glibc
import Tensors
import Testing

@testable import PluginKit

/// A small plugin in C with one thing wrong, compiled when a test needs it.
enum CompiledPlugin {
  /// Builds `libingot_<id>.so` in `folder`; `defines` choose what is wrong.
  @discardableResult
  static func build(_ defines: [String] = [], id: String = "bad", in folder: TemporaryFolder)
    throws -> String
  {
    let source = try folder.write("plugin.c", CompiledPlugin.source)
    let library = folder.path + "/libingot_\(id).so"
    let include = BuiltProducts.checkout("Sources/CIngotPlugin/include")
    let flags = defines.map { "'-D\($0)'" }.joined(separator: " ")
    try shell(
      "cc -w -shared -fPIC -fvisibility=hidden '-I\(include)' -DID=\(id) \(flags) "
        + "-o '\(library)' '\(source)'")
    unlink(source)
    // Whatever the umask of whoever runs the tests is.
    chmod(library, 0o755)
    return library
  }

  /// Runs a command; a failed one fails the test with what it printed.
  static func shell(_ command: String) throws {
    let nothing = open("/dev/null", O_RDONLY)
    defer { close(nothing) }
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    let outcome = try ChildProcess.run(
      executable: "/bin/sh", arguments: ["-c", command + " 2>&1"], environment: ["PATH=\(path)"],
      input: nothing, seconds: 120, outputByteLimit: 1 << 20)
    try #require(
      outcome.end == .exited(status: 0),
      "\(command): \(String(decoding: outcome.output, as: UTF8.self))")
  }

  private static let source = #"""
    #include "ingot_plugin.h"
    #include <stdlib.h>
    #include <string.h>
    #include <unistd.h>
    #define STRING_(x) #x
    #define STRING(x) STRING_(x)
    #define JOIN_(a, b) a##b
    #define JOIN(a, b) JOIN_(a, b)
    #ifndef MAGIC
    #define MAGIC INGOT_PLUGIN_MAGIC
    #endif
    #ifndef MAJOR
    #define MAJOR INGOT_ABI_MAJOR
    #endif
    #ifndef MINOR
    #define MINOR INGOT_ABI_MINOR
    #endif
    #ifndef SIZE
    #define SIZE sizeof(ingot_plugin)
    #endif
    #ifndef MANIFEST
    #define MANIFEST "{\"id\":\"" STRING(ID) "\",\"name\":\"Bad\",\"version\":\"1.0.0\"," \
        "\"summary\":\"s\",\"license\":\"MIT\",\"extensions\":[\"bad\"]}"
    #endif
    #ifndef NAME
    #define NAME "weight"
    #endif
    #ifndef TYPE
    #define TYPE "F32"
    #endif
    #ifndef OFFSET
    #define OFFSET 0
    #endif
    #ifndef BYTES
    #define BYTES 8
    #endif
    #ifndef FLAGS
    #define FLAGS 0
    #endif
    #ifndef COUNT
    #define COUNT 1
    #endif
    #ifndef BID
    #define BID 32
    #endif
    #define TEXT(x) {x, sizeof(x) - 1}

    static int32_t report(const ingot_host *host, int32_t code, const char *reason) {
      ingot_error error = {0};
      error.code = code;
      error.reason.bytes = reason;
      error.reason.byte_count = strlen(reason);
      error.message = error.reason;
      error.offset = INGOT_NO_OFFSET;
      host->report(host->context, &error);
      return code;
    }
    static uint32_t probe(const uint8_t *prefix, uint64_t count, uint64_t file) {
    #ifdef CRASH_IN_PROBE
      *(volatile int *)0 = 1;
    #endif
      return count >= 4 && memcmp(prefix, "BADP", 4) == 0 ? BID : 0;
    }
    static int32_t open_(const ingot_host *host, const ingot_source *source, ingot_reader **out) {
    #ifdef CRASH
      *(volatile int *)0 = 1;
    #endif
    #ifdef ABORT
      abort();
    #endif
    #ifdef HANG
      for (;;) pause();
    #endif
    #ifdef SPIN
      for (volatile int i = 0;; i++) {}
    #endif
    #ifdef EAT
      for (;;) { char *more = malloc(1 << 20); memset(more, 1, 1 << 20); }
    #endif
    #ifdef EXIT
      _exit(EXIT);
    #endif
    #ifdef PRINT
      for (int i = 0; i < 100; i++) write(1, "hello, this is no message\n", 26);
    #endif
    #ifdef SPOIL
      for (int i = 0; i < 64; i++) write(i, "garbage", 7);
    #endif
    #ifdef SILENT
      return INGOT_MALFORMED;
    #endif
    #ifdef TWICE
      report(host, INGOT_MALFORMED, "first");
      return report(host, INGOT_MALFORMED, "second");
    #endif
    #ifdef OK_AFTER_REPORT
      report(host, INGOT_MALFORMED, "first");
    #endif
    #ifdef CODE
      return report(host, CODE, "some-reason");
    #endif
    #ifdef REASON
      return report(host, INGOT_MALFORMED, REASON);
    #endif
    #ifdef READ_AT
      char byte;
      int32_t status = source->read(source->context, READ_AT, &byte, 1);
      if (status != INGOT_OK) return status;
    #endif
      *out = (ingot_reader *)calloc(1, 1);
      return INGOT_OK;
    }
    static const uint64_t dimensions[] = {2};
    static const ingot_tensor tensors[] = {
      {TEXT(NAME), TEXT(TYPE), dimensions, 1, FLAGS, OFFSET, BYTES},
      {TEXT("second"), TEXT("F32"), dimensions, 1, 0, 4, 8},
      {TEXT("weight"), TEXT("F32"), dimensions, 1, 0, 16, 8}};
    #ifdef METADATA
    static const ingot_metadata metadata[] = {METADATA};
    #define METADATA_COUNT 1
    #else
    static const ingot_metadata metadata[1];
    #define METADATA_COUNT 0
    #endif
    static const ingot_index index__ = {tensors, COUNT, metadata, METADATA_COUNT};
    static int32_t index_(ingot_reader *reader, const ingot_host *host, const ingot_index **out) {
      *out = &index__;
      return INGOT_OK;
    }
    static void close_(ingot_reader *reader) { free(reader); }
    static int32_t read_(ingot_reader *reader, const ingot_host *host, uint64_t tensor,
                         uint64_t offset, void *destination, uint64_t count) {
      memset(destination, 0x40 + (int)offset, count);
      return INGOT_OK;
    }
    #ifdef LAYOUT
    static const uint64_t offsets[] = {OFFSETS};
    static const ingot_segment segments[] = {SEGMENTS};
    static const ingot_layout layout__ = {LAYOUT, segments, sizeof segments / sizeof segments[0],
                                          offsets, sizeof offsets / sizeof offsets[0]};
    static int32_t layout_(const ingot_host *host, const ingot_index *wanted,
                           const ingot_layout **out) {
      *out = &layout__;
      return INGOT_OK;
    }
    static void free_layout_(const ingot_layout *layout) {}
    #endif
    static const ingot_plugin plugin = {
      .magic = MAGIC, .struct_size = SIZE, .abi_major = MAJOR, .abi_minor = MINOR,
      .manifest = TEXT(MANIFEST),
    #ifndef NO_PROBE
      .probe = probe,
    #endif
      .open = open_, .index = index_, .close = close_,
    #ifdef READ
      .read = read_,
    #endif
    #ifdef LAYOUT
      .layout = layout_, .free_layout = free_layout_,
    #endif
    };
    #ifdef CONSTRUCTOR
    __attribute__((constructor)) static void constructor(void) { CONSTRUCTOR; }
    #endif
    #ifndef NO_ENTRY
    __attribute__((visibility("default")))
    const ingot_plugin *JOIN(ingot_plugin_entry_, ID)(void) {
    #ifdef ENTRY
      ENTRY;
    #endif
      return &plugin;
    }
    #endif
    """#
}

/// The reason and code of an error that `body` throws.
func failure(_ body: () throws -> Void) -> Failure? {
  do {
    try body()
    return nil
  } catch let error as ModelError {
    return Failure(code: error.code, reason: error.reason, text: error.description)
  } catch {
    return nil
  }
}

/// What tests compare of an error.
struct Failure {
  var code: ModelError.Code
  var reason: String
  var text: String
}
