public import Tensors

/// The formats this program can read and write: the plugins that were found and may be loaded.
///
/// A catalog is a value that is passed to whoever needs it; there is no global one. A plugin that
/// is refused is not an error of the catalog: it is listed in `failures` with its reason.
public struct FormatCatalog: Sendable {
  /// A plugin file or folder that was not used, and why.
  public struct Failure: Sendable {
    /// The path as found.
    public var path: String
    /// The reason.
    public var error: ModelError
  }

  /// A folder that was searched.
  public struct SearchedFolder: Sendable, Equatable {
    /// The folder and why it was searched.
    public var folder: PluginSearchPath.Folder
    /// Whether it exists.
    public var exists: Bool
  }

  /// The plugins, in the order of the search.
  public private(set) var plugins: [LoadedPlugin] = []
  /// What was refused.
  public private(set) var failures: [Failure] = []
  /// The folders that were looked at, in order.
  public private(set) var searched: [SearchedFolder] = []
  private var identities: [FileIdentity] = []
  private let ownIDs: Set<String>

  /// Finds and loads the plugins on `searchPath`, and takes `linked` ones before them.
  ///
  /// Never throws. In each folder the files `libingot_<id>.so` are taken by name. Refused are, with
  /// these reasons: a file or folder that others can write (`writable-by-others`) or own
  /// (`untrusted-owner`), a second plugin of one id (`duplicate-plugin`; the same file found by two
  /// ways is one plugin), and whatever `LoadedPlugin.init(library:)` refuses. A folder that was
  /// named and does not exist is a failure too.
  ///
  /// A library is loaded in a process of its own first (`plugin-crashed`, `plugin-timeout`), but for
  /// the plugins of `ownIDs` in the program's own folder: they are part of the program, and starting
  /// a process would cost more than all else that a short command does.
  public init(
    searchPath: PluginSearchPath, linked: [LoadedPlugin] = [], ownIDs: Set<String> = []
  ) {
    plugins = linked
    self.ownIDs = ownIDs
    for folder in searchPath.folders { search(folder) }
  }

  /// The plugin with this id; nil if there is none.
  public func plugin(id: String) -> LoadedPlugin? { plugins.first { $0.manifest.id == id } }

  /// The format with this id.
  ///
  /// Throws `notFound` (`unknown-format-id`) naming those that are there;
  /// `unsupported` (`write-not-supported`) for a plugin that only reads.
  public func format(id: String) throws(ModelError) -> PluginFormat {
    guard let plugin = plugin(id: id) else {
      throw ModelError(
        .notFound, "unknown-format-id",
        "there is no plugin \"\(id)\"; there are: \(plugins.map(\.manifest.id).joined(separator: ", "))"
      )
    }
    return try PluginFormat(plugin)
  }

  /// The format that writes files with this extension (without a dot, in any case); nil if none
  /// does. The first plugin in search order wins.
  public func format(forExtension fileExtension: String) -> PluginFormat? {
    let wanted = fileExtension.lowercased()
    let plugin = plugins.first { plugin in
      plugin.canWrite && plugin.manifest.extensions.contains { $0.lowercased() == wanted }
    }
    guard let plugin else { return nil }
    do throws(ModelError) { return try PluginFormat(plugin) } catch { return nil }
  }

  /// Whether a file of this name belongs to one of the formats, by its extension.
  func claimsName(_ name: String) -> Bool {
    guard let fileExtension = name.split(separator: ".").last, name.contains(".") else {
      return false
    }
    let lower = fileExtension.lowercased()
    return plugins.contains { $0.manifest.extensions.contains { $0.lowercased() == lower } }
  }

  private mutating func search(_ folder: PluginSearchPath.Folder) {
    let exists = FolderListing.kind(of: folder.path) == .folder
    searched.append(SearchedFolder(folder: folder, exists: exists))
    guard exists || folder.isNamed else { return }
    do throws(ModelError) {
      let names = try FolderListing.names(at: folder.path)
      for name in names where PluginLibraryName.isPluginLike(name) {
        load(folder.path + "/" + name, from: folder.origin)
      }
    } catch {
      failures.append(Failure(path: folder.path, error: error))
    }
  }

  private mutating func load(_ path: String, from origin: PluginSearchPath.Origin) {
    do throws(ModelError) {
      let (identity, real) = try PluginTrust.check(path)
      if identities.contains(where: identity.isSameFile) { return }
      identities.append(identity)
      if let id = PluginLibraryName.id(ofPath: path), let first = plugin(id: id) {
        throw ModelError(
          .refused, "duplicate-plugin",
          "the plugin \(id) was already found at \(first.libraryPath ?? "this program")",
          file: path)
      }
      // A link may carry the plugin's name and its target another, as versioned libraries do.
      let isNamed = PluginLibraryName.id(ofPath: real) == PluginLibraryName.id(ofPath: path)
      let library = isNamed ? real : path
      let id = PluginLibraryName.id(ofPath: path)
      if origin != .executable || !ownIDs.contains(id ?? "") { try TrialLoading.check(library) }
      plugins.append(try LoadedPlugin(library: library))
    } catch {
      failures.append(Failure(path: path, error: error.at(file: path)))
    }
  }
}
