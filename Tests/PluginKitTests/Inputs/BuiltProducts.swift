import Testing

@testable import PluginKit

/// What SwiftPM builds beside the test bundle.
enum BuiltProducts {
  static func library(_ id: String) throws -> String {
    let folder = try #require(ProgramFolder.path)
    return folder + "/libingot_\(id).so"
  }

  static func plugin(_ id: String) throws -> LoadedPlugin {
    try LoadedPlugin(library: try library(id))
  }

  /// The two containers that come with the program.
  static func catalog() throws -> FormatCatalog {
    FormatCatalog(
      searchPath: PluginSearchPath(folders: []),
      linked: [try plugin("safetensors"), try plugin("gguf")])
  }

  /// A file or folder of the checkout.
  static func checkout(_ path: String) -> String {
    let parts = #filePath.split(separator: "/").dropLast(4)
    return "/" + parts.joined(separator: "/") + "/" + path
  }
}
