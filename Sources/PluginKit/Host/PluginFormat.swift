public import Tensors

/// A container format that a plugin writes.
public struct PluginFormat: ContainerFormat {
  /// The plugin.
  public let plugin: LoadedPlugin

  /// Creates a format. Throws `unsupported` (`write-not-supported`) for a plugin that only reads.
  public init(_ plugin: LoadedPlugin) throws(ModelError) {
    guard plugin.canWrite else {
      throw ModelError(
        .unsupported, "write-not-supported",
        "the plugin \(plugin.manifest.id) only reads \(plugin.manifest.name)")
    }
    self.plugin = plugin
  }

  /// Who writes.
  public var identity: ContainerIdentity { plugin.identity }

  /// The layout of a file that holds `index`; see `LoadedPlugin.layout(of:limits:)`.
  public func layout(of index: ContainerIndex) throws(ModelError) -> ContainerLayout {
    try plugin.layout(of: index)
  }
}
