public import CIngotPlugin
internal import PluginKit

private let table = PluginTable(
  SafetensorsContainer.manifest,
  probe: { PluginGuest.probe(SafetensorsContainer.self, $0, $1, $2) },
  open: { PluginGuest.open(SafetensorsContainer.self, $0, $1, $2) },
  layout: { PluginGuest.layout(SafetensorsContainer.self, $0, $1, $2) })

/// The one symbol of this library: the table of `SafetensorsContainer`.
@c(ingot_plugin_entry_safetensors)
public func safetensorsPluginEntry() -> UnsafePointer<ingot_plugin>? { table.pointer }
