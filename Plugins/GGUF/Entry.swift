public import CIngotPlugin
internal import PluginKit

private let table = PluginTable(
  GGUFContainer.manifest,
  probe: { PluginGuest.probe(GGUFContainer.self, $0, $1, $2) },
  open: { PluginGuest.open(GGUFContainer.self, $0, $1, $2) },
  layout: { PluginGuest.layout(GGUFContainer.self, $0, $1, $2) })

/// The one symbol of this library: the table of `GGUFContainer`.
@c(ingot_plugin_entry_gguf)
public func ggufPluginEntry() -> UnsafePointer<ingot_plugin>? { table.pointer }
