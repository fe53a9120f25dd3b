internal import PluginKit

extension FormatCatalog {
  /// The plugins on the standard search path, with `pluginPath` (each a `--plugin-path`) first.
  static func standard(pluginPath: [String]) -> FormatCatalog {
    FormatCatalog(
      searchPath: .standard(options: pluginPath), ownIDs: ["gguf", "safetensors"])
  }
}
