/// How a plugin's library is named: `libingot_<id>.so`, or `.dylib` where that is the custom.
enum PluginLibraryName {
  #if canImport(Darwin)
    private static let ending = ".dylib"
  #else
    private static let ending = ".so"
  #endif
  private static let beginning = "libingot_"

  /// The form, for messages.
  static var pattern: String { "\(beginning)<id>\(ending), with an id of 1 to 32 of [a-z0-9_]" }

  /// The id in the last component of `path`; nil if it is not named like a plugin.
  static func id(ofPath path: String) -> String? {
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    guard isPluginLike(name) else { return nil }
    let id = String(name.dropFirst(beginning.count).dropLast(ending.count))
    return PluginManifest.isValidID(id) ? id : nil
  }

  /// Whether a file of this name is meant to be a plugin, whatever stands for the id.
  static func isPluginLike(_ name: String) -> Bool {
    name.hasPrefix(beginning) && name.hasSuffix(ending)
  }
}
