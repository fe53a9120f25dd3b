public import CIngotPlugin
internal import Tensors

/// The function table that a Swift plugin's entry returns. Make one, in a global constant:
///
/// ```swift
/// private let table = PluginTable(
///   GGUFContainer.manifest,
///   probe: { PluginGuest.probe(GGUFContainer.self, $0, $1, $2) },
///   open: { PluginGuest.open(GGUFContainer.self, $0, $1, $2) },
///   layout: { PluginGuest.layout(GGUFContainer.self, $0, $1, $2) })
///
/// @c(ingot_plugin_entry_gguf)
/// public func pluginEntry() -> UnsafePointer<ingot_plugin>? { table.pointer }
/// ```
///
/// The table and its manifest live as long as the process, as the contract asks; nothing frees them.
public struct PluginTable: Sendable {
  private let table: AcrossThreads<UnsafePointer<ingot_plugin>>

  /// The table, for the entry function to return.
  public var pointer: UnsafePointer<ingot_plugin>? { table.value }

  /// Creates the table of a plugin that reads and writes, or, without `layout`, only reads.
  public init(
    _ manifest: PluginManifest,
    probe: @escaping @convention(c) (UnsafePointer<UInt8>?, UInt64, UInt64) -> UInt32,
    open:
      @escaping @convention(c) (
        UnsafePointer<ingot_host>?, UnsafePointer<ingot_source>?,
        UnsafeMutablePointer<OpaquePointer?>?
      ) -> Int32,
    layout: (
      @convention(c) (
        UnsafePointer<ingot_host>?, UnsafePointer<ingot_index>?,
        UnsafeMutablePointer<UnsafePointer<ingot_layout>?>?
      ) -> Int32
    )? = nil
  ) {
    let text = Array(manifest.jsonText.utf8)
    let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: max(1, text.count))
    for (position, byte) in text.enumerated() { bytes[position] = CChar(bitPattern: byte) }

    var plugin = ingot_plugin()
    plugin.magic = UInt64(INGOT_PLUGIN_MAGIC)
    plugin.struct_size = UInt32(MemoryLayout<ingot_plugin>.size)
    plugin.abi_major = UInt16(INGOT_ABI_MAJOR)
    plugin.abi_minor = UInt16(INGOT_ABI_MINOR)
    plugin.manifest = ingot_string(bytes: bytes, byte_count: UInt64(text.count))
    plugin.probe = probe
    plugin.open = open
    plugin.index = { PluginGuest.index($0, $1, $2) }
    plugin.close = { PluginGuest.close($0) }
    plugin.layout = layout
    plugin.free_layout = layout == nil ? nil : { PluginGuest.freeLayout($0) }

    let place = UnsafeMutablePointer<ingot_plugin>.allocate(capacity: 1)
    place.initialize(to: plugin)
    table = AcrossThreads(UnsafePointer(place))
  }
}
