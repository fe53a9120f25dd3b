internal import CIngotPlugin
internal import Tensors

/// Checks of a plugin's table before any of its functions is called.
enum TableChecks {
  /// The table at `address`.
  ///
  /// Throws `pluginFailed`: `wrong-magic`, `abi-version`, `table-too-short`, `function-missing`.
  static func table(at address: UnsafeRawPointer) throws(ModelError)
    -> UnsafePointer<ingot_plugin>
  {
    // The three fields that no version moves are read first, and by themselves.
    let magic = address.load(as: UInt64.self)
    guard magic == UInt64(INGOT_PLUGIN_MAGIC) else {
      throw ModelError(
        .pluginFailed, "wrong-magic",
        "the table begins with 0x\(String(magic, radix: 16)), not with INGOT_PLUGIN_MAGIC")
    }
    let major = address.load(fromByteOffset: 12, as: UInt16.self)
    let minor = address.load(fromByteOffset: 14, as: UInt16.self)
    guard Int(major) == Int(INGOT_ABI_MAJOR), Int(minor) <= Int(INGOT_ABI_MINOR) else {
      throw ModelError(
        .pluginFailed, "abi-version",
        "the plugin speaks ABI \(major).\(minor); this program speaks "
          + "\(INGOT_ABI_MAJOR).\(INGOT_ABI_MINOR)")
    }
    let size = address.load(fromByteOffset: 8, as: UInt32.self)
    guard Int(size) >= MemoryLayout<ingot_plugin>.size else {
      throw ModelError(
        .pluginFailed, "table-too-short",
        "the table has \(size) bytes; ABI \(major).\(minor) has "
          + "\(MemoryLayout<ingot_plugin>.size)")
    }
    let table = address.assumingMemoryBound(to: ingot_plugin.self)
    let plugin = table.pointee
    let required: [(String, Bool)] = [
      ("probe", plugin.probe != nil), ("open", plugin.open != nil),
      ("index", plugin.index != nil), ("close", plugin.close != nil),
      ("free_layout", (plugin.layout == nil) == (plugin.free_layout == nil)),
    ]
    if let missing = required.first(where: { !$0.1 }) {
      throw ModelError(
        .pluginFailed, "function-missing", "the function \(missing.0) of the table is missing")
    }
    return table
  }
}
