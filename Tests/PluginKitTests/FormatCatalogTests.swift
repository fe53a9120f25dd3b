import Glibc
import Tensors
import Testing

@testable import PluginKit

@Suite struct FormatCatalogTests {
  private func catalog(_ folders: TemporaryFolder...) -> FormatCatalog {
    FormatCatalog(
      searchPath: PluginSearchPath(folders: folders.map { .init(path: $0.path, origin: .option) }))
  }

  @Test func builtInPluginsAreFoundBesideTheProgram() throws {
    let catalog = FormatCatalog(searchPath: .standard())
    #expect(catalog.plugin(id: "gguf") != nil)
    #expect(catalog.plugin(id: "safetensors") != nil)
    #expect(catalog.format(forExtension: "GGUF")?.identity.id == "gguf")
    #expect(catalog.format(forExtension: "nothing") == nil)
    #expect(failure { _ = try catalog.format(id: "nothing") }?.reason == "unknown-format-id")
  }

  @Test func optionsComeBeforeTheEnvironmentAndTheProgram() throws {
    let environment = ["INGOT_PLUGIN_PATH": "/one:/two", "XDG_DATA_HOME": "/data"]
    let own = try #require(ProgramFolder.path)
    let path = PluginSearchPath.standard(options: ["/zero"], environment: { environment[$0] })
    #expect(
      path.folders.map(\.path) == [
        "/zero", "/one", "/two", own, own + "/../lib/ingot", "/data/ingot/plugins",
      ])
    #expect(
      path.folders.map(\.origin) == [
        .option, .environment, .environment, .executable, .executable, .userData,
      ])
  }

  @Test func homeHoldsTheDataWithoutXDG() {
    let path = PluginSearchPath.standard(
      options: [], environment: { ["HOME": "/home/me"][$0] })
    #expect(path.folders.last?.path == "/home/me/.local/share/ingot/plugins")
  }

  @Test(arguments: [mode_t(0o757), 0o777])
  func fileThatOthersCanWriteIsRefused(mode: mode_t) throws {
    let folder = try TemporaryFolder()
    chmod(try CompiledPlugin.build(in: folder), mode)
    let catalog = catalog(folder)
    #expect(catalog.plugins.isEmpty)
    #expect(catalog.failures.map(\.error.reason) == ["writable-by-others"])
    #expect(catalog.failures.map(\.error.code) == [.refused])
  }

  @Test func groupMayWriteOnlyIfItIsTheUsersOwn() throws {
    let folder = try TemporaryFolder()
    chmod(try CompiledPlugin.build(in: folder), 0o775)
    let isOwn = PluginTrust.isPrivate(group: getegid(), of: geteuid())
    #expect(
      catalog(folder).failures.map(\.error.reason) == (isOwn ? [] : ["writable-by-others"]))
    #expect(!PluginTrust.isPrivate(group: 0, of: 0))
    #expect(!PluginTrust.isPrivate(group: 1, of: 2))
  }

  @Test func folderThatOthersCanWriteIsRefused() throws {
    let folder = try TemporaryFolder()
    try CompiledPlugin.build(in: folder)
    chmod(folder.path, 0o777)
    #expect(catalog(folder).failures.map(\.error.reason) == ["writable-by-others"])
  }

  @Test(arguments: [
    ("CONSTRUCTOR=abort()", "plugin-crashed"), ("CONSTRUCTOR=_exit(0)", "plugin-protocol"),
    ("CONSTRUCTOR=exit(3)", "plugin-protocol"), ("ENTRY=*(volatile int *)0=1", "plugin-crashed"),
  ])
  func libraryThatEndsTheProcessWhileItIsLoadedIsRefused(define: String, reason: String) throws {
    let folder = try TemporaryFolder()
    try CompiledPlugin.build([define], in: folder)
    let catalog = catalog(folder)
    #expect(catalog.plugins.isEmpty)
    #expect(catalog.failures.map(\.error.reason) == [reason])
  }

  @Test func libraryThatHangsWhileItIsLoadedIsStopped() throws {
    let folder = try TemporaryFolder()
    let library = try CompiledPlugin.build(["CONSTRUCTOR=for(;;)pause()"], in: folder)
    let limits = IsolationLimits(seconds: 1)
    #expect(
      failure { try TrialLoading.check(library, limits: limits) }?.reason == "plugin-timeout")
  }

  @Test func folderAboveThatEveryoneCanWriteIsRefused() throws {
    let folder = try TemporaryFolder()
    let library = try CompiledPlugin.build(in: folder)
    try folder.write("a/b/none", "")
    rename(library, folder.path + "/a/b/libingot_bad.so")
    chmod(folder.path + "/a", 0o777)
    let inner = FormatCatalog(
      searchPath: PluginSearchPath(folders: [.init(path: folder.path + "/a/b", origin: .option)]))
    #expect(inner.failures.map(\.error.reason) == ["writable-by-others"])
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
  func fileOfAnotherUserIsRefused() throws {
    let folder = try TemporaryFolder()
    chown(try CompiledPlugin.build(in: folder), 12345, 0)
    #expect(catalog(folder).failures.map(\.error.reason) == ["untrusted-owner"])
  }

  @Test func secondPluginOfAnIdIsRefusedAndTheFirstStays() throws {
    let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
    let path = try CompiledPlugin.build(in: first)
    try CompiledPlugin.build(in: second)
    let catalog = catalog(first, second)
    #expect(catalog.plugins.map(\.libraryPath) == [path])
    #expect(catalog.failures.map(\.error.reason) == ["duplicate-plugin"])
  }

  @Test func sameFileFoundTwiceIsOnePlugin() throws {
    let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
    let path = try CompiledPlugin.build(in: first)
    symlink(path, second.path + "/libingot_bad.so")
    let catalog = catalog(first, second, first)
    #expect(catalog.plugins.count == 1)
    #expect(catalog.failures.isEmpty)
  }

  @Test func badPluginsAreFailuresAndTheOthersAreLoaded() throws {
    let folder = try TemporaryFolder()
    try CompiledPlugin.build(in: folder)
    try CompiledPlugin.build(["MAJOR=9"], id: "old", in: folder)
    try folder.write("libingot_text.so", "text")
    try folder.write("libingot_BAD-NAME.so", "text")
    try folder.write("other.so", "text")
    let catalog = catalog(folder)
    #expect(catalog.plugins.map(\.manifest.id) == ["bad"])
    #expect(
      catalog.failures.map(\.error.reason) == [
        "plugin-name", "abi-version", "not-a-shared-library",
      ])
  }

  @Test func namedFolderThatIsMissingIsAFailure() {
    let missing = PluginSearchPath.Folder(path: "/nonexistent/plugins", origin: .option)
    let user = PluginSearchPath.Folder(path: "/nonexistent/user", origin: .userData)
    let catalog = FormatCatalog(searchPath: PluginSearchPath(folders: [missing, user]))
    #expect(catalog.failures.map(\.path) == ["/nonexistent/plugins"])
    #expect(catalog.searched.map(\.exists) == [false, false])
  }

  @Test func highestBidWins() throws {
    #expect(try Bidding.winner(bids: [0, 8, 32], ids: ["a", "b", "c"], prefix: [1]) == 2)
  }

  @Test func tieNamesBothPlugins() throws {
    let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
    try CompiledPlugin.build(in: first)
    try CompiledPlugin.build(id: "worse", in: second)
    let path = try first.write("model.bad", "BADP")
    let failure = failure { _ = try catalog(first, second).openCheckpoint(at: path) }
    #expect(failure?.code == .refused)
    #expect(failure?.reason == "ambiguous-format")
    #expect(failure?.text.contains("bad and worse") == true)
  }

  @Test func unknownFormatShowsTheFirstBytes() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("model.bin", [0x50, 0x4B, 0x03, 0x04, 0x22])
    let failure = failure { _ = try BuiltProducts.catalog().openCheckpoint(at: path) }
    #expect(failure?.code == .unsupported)
    #expect(failure?.reason == "unknown-format")
    #expect(failure?.text.contains(#"PK\x03\x04\""#) == true)
  }
}
