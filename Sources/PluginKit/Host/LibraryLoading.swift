internal import CIngotPlugin
internal import Tensors

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The type of every plugin's entry function.
public typealias PluginEntry = @convention(c) () -> UnsafeRawPointer?

/// Loads a plugin's library and finds its entry. The library is never closed: its code may be on
/// the stack of any thread, and Swift registers types that cannot be taken back.
enum LibraryLoading {
  /// Throws `pluginFailed`: `not-a-shared-library` for a file that is no ELF (or Mach-O) image,
  /// `plugin-not-loadable` with the linker's words, `no-entry-symbol`.
  static func entry(ofLibrary path: String, id: String) throws(ModelError) -> PluginEntry {
    try checkImage(path)
    // A path without a slash would be searched for in the system's folders.
    let place = path.utf8.contains(UInt8(ascii: "/")) ? path : "./" + path
    guard let handle = dlopen(place, RTLD_NOW | RTLD_LOCAL) else {
      throw ModelError(
        .pluginFailed, "plugin-not-loadable", "the library cannot be loaded: \(lastError())",
        file: path)
    }
    let symbol = "ingot_plugin_entry_\(id)"
    guard let address = dlsym(handle, symbol) else {
      throw ModelError(
        .pluginFailed, "no-entry-symbol", "the library does not export \(symbol)", file: path)
    }
    return unsafeBitCast(address, to: PluginEntry.self)
  }

  /// dlopen's own words for a foreign file differ by system; a script needs one token.
  private static func checkImage(_ path: String) throws(ModelError) {
    let source = try FileByteSource(path: path)
    let magic = try source.bytes(at: 0, byteCount: min(4, source.byteCount))
    let images: [[UInt8]] = [
      [0x7F, 0x45, 0x4C, 0x46], [0xCF, 0xFA, 0xED, 0xFE], [0xCA, 0xFE, 0xBA, 0xBE],
    ]
    guard images.contains(magic) else {
      throw ModelError(
        .pluginFailed, "not-a-shared-library", "the file is not a shared library", file: path)
    }
  }

  private static func lastError() -> String {
    guard let text = dlerror() else { return "no reason given" }
    return String(cString: text)
  }
}
