internal import CIngotPlugin
public import Tensors

/// A plugin whose table was found and checked: the host's end of the C contract.
///
/// Everything that comes back from it is checked before it is used, so that a wrong plugin is an
/// error of code `pluginFailed` and not a wrong result. It still runs in this process: one that
/// crashes or hangs takes the program with it. `IsolatedOpening` is for files nobody vouches for.
public struct LoadedPlugin: Sendable {
  /// What the plugin says of itself.
  public let manifest: PluginManifest
  /// The path of its library; nil if it is linked statically.
  public let libraryPath: String?
  private let table: AcrossThreads<UnsafePointer<ingot_plugin>>

  /// Loads the library at `path`, named `libingot_<id>.so`, and checks its table.
  ///
  /// The library is never closed. Throws `pluginFailed`: `plugin-name` for another file name,
  /// `not-a-shared-library`, `plugin-not-loadable`, `no-entry-symbol`, and what `init(id:entry:)`
  /// throws; `notFound` or `io` if the file cannot be read. Who may have written the file is not
  /// looked at here: `FormatCatalog` does that.
  public init(library path: String) throws(ModelError) {
    guard let id = PluginLibraryName.id(ofPath: path) else {
      throw ModelError(
        .pluginFailed, "plugin-name", "a plugin's file is named \(PluginLibraryName.pattern)",
        file: path)
    }
    do throws(ModelError) {
      let entry = try LibraryLoading.entry(ofLibrary: path, id: id)
      try self.init(id: id, libraryPath: path, entry: entry)
    } catch {
      throw error.at(file: path)
    }
  }

  /// Takes a plugin that is linked into this program, by its entry function.
  ///
  /// Throws `pluginFailed`: `entry-returned-null`, `wrong-magic`, `abi-version`,
  /// `table-too-short`, `function-missing`, `manifest-malformed`, `manifest-key-unknown`,
  /// `manifest-key-missing`, `manifest-id` if the manifest's id is not `id`.
  public init(id: String, entry: PluginEntry) throws(ModelError) {
    try self.init(id: id, libraryPath: nil, entry: entry)
  }

  private init(id: String, libraryPath: String?, entry: PluginEntry) throws(ModelError) {
    guard let address = entry() else {
      throw ModelError(.pluginFailed, "entry-returned-null", "the entry function returned NULL")
    }
    let table = try TableChecks.table(at: address)
    let text = table.pointee.manifest
    guard text.byte_count <= 64 << 10, let json = text.text else {
      throw ModelError(
        .pluginFailed, "manifest-malformed", "the manifest is not UTF-8 of up to 64 KiB")
    }
    let manifest = try PluginManifest(json: Array(json.utf8))
    guard manifest.id == id else {
      throw ModelError(
        .pluginFailed, "manifest-id", "the manifest's id is \"\(manifest.id)\", not \"\(id)\"")
    }
    self.manifest = manifest
    self.libraryPath = libraryPath
    self.table = AcrossThreads(table)
  }

  /// Who writes and reads with this plugin, for manifests.
  public var identity: ContainerIdentity {
    ContainerIdentity(
      id: manifest.id, version: manifest.version, libraryPath: libraryPath,
      extensions: manifest.extensions)
  }

  /// Whether the plugin has a `layout` function.
  public var canWrite: Bool { table.value.pointee.layout != nil }

  /// How many bits of `prefix` identify the plugin's format; 0 if it is another format.
  public func probe(_ prefix: UnsafeRawBufferPointer, fileByteCount: Int) -> Int {
    guard let probe = table.value.pointee.probe else { return 0 }
    let bytes = prefix.baseAddress?.assumingMemoryBound(to: UInt8.self)
    return Int(probe(bytes, UInt64(prefix.count), UInt64(clamping: fileByteCount)))
  }

  /// Opens a file and checks its index; no weights are read.
  ///
  /// `reader` is there if a tensor comes through the plugin's `read`; otherwise the plugin is done
  /// with the file. Throws what the plugin reports or `source` throws, without a file in the
  /// context; `unsupported` (`unknown-element-type`); `pluginFailed` for an index that cannot be
  /// true, with the reasons of `IndexChecks` and `plugin-contract`.
  public func open(_ source: any ByteSource, limits: Limits = Limits()) throws(ModelError)
    -> (index: ContainerIndex, reader: PluginFileReader?)
  {
    do throws(ModelError) {
      let reader = try PluginFileReader(table: table, source: source, limits: limits)
      let index = try reader.index(limits: limits)
      try IndexChecks.check(
        index, fileByteCount: source.byteCount, limits: limits,
        canRead: table.value.pointee.read != nil)
      let needsReader = index.tensors.contains(where: \.isReadByPlugin)
      return (index, needsReader ? reader : nil)
    } catch {
      throw naming(error)
    }
  }

  /// The layout of a file that holds `index`.
  ///
  /// Throws `unsupported` (`write-not-supported`) for a plugin that only reads; what the plugin
  /// reports, usually `invalidArgument`; `pluginFailed` for a layout with gaps or overlaps.
  public func layout(of index: ContainerIndex, limits: Limits = Limits()) throws(ModelError)
    -> ContainerLayout
  {
    guard let layout = table.value.pointee.layout, let free = table.value.pointee.free_layout
    else {
      throw ModelError(
        .unsupported, "write-not-supported", "the plugin \(manifest.id) only reads \(manifest.name)"
      )
    }
    do throws(ModelError) {
      let arena = Arena()
      let wanted = arena.encode(index)
      var result: UnsafePointer<ingot_layout>?
      try PluginCall.run(limits: limits, source: nil) { layout($0, wanted, &result) }
      defer { if let result { free(result) } }
      let copy = try LayoutDecoding.decode(result, of: index)
      withExtendedLifetime(arena) {}
      return copy
    } catch {
      throw naming(error)
    }
  }

  /// An error that is the plugin's own fault names the plugin.
  private func naming(_ error: ModelError) -> ModelError {
    guard error.code == .pluginFailed else { return error }
    var copy = error
    copy.message = "the plugin \(manifest.id): " + error.message
    return copy
  }
}
