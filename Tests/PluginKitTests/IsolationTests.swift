import Glibc
import Tensors
import Testing

@testable import PluginKit

/// A plugin that crashes, hangs, eats memory or talks nonsense is an error that names it.
@Suite struct IsolationTests {
  private func open(_ defines: [String], _ limits: IsolationLimits = IsolationLimits(seconds: 5))
    throws -> ContainerIndex
  {
    let folder = try TemporaryFolder()
    let plugin = try LoadedPlugin(library: try CompiledPlugin.build(defines, in: folder))
    let path = try folder.write("model.bad", Array("BADP".utf8) + Array(repeating: 0, count: 28))
    return try IsolatedOpening(plugins: [plugin], isolation: limits)
      .open(try FileByteSource(path: path)).index
  }

  @Test(arguments: [
    ("CRASH", "plugin-crashed", "SIGSEGV"), ("ABORT", "plugin-crashed", "SIGABRT"),
    ("CRASH_IN_PROBE", "plugin-crashed", "looking at the first bytes"),
    ("EXIT=0", "plugin-protocol", "no result"), ("EXIT=3", "plugin-protocol", "status 3"),
    ("SPOIL", "plugin-protocol", "bad"), ("OFFSET=25", "extent-outside-file", "bad"),
    ("COUNT=2", "extents-overlap", "bad"), ("SILENT", "plugin-contract", "bad"),
  ])
  func faultIsAnErrorThatNamesThePlugin(define: String, reason: String, word: String) throws {
    let failure = failure { _ = try open([define]) }
    #expect(failure?.code == .pluginFailed)
    #expect(failure?.reason == reason)
    #expect(failure?.text.contains("the plugin bad") == true)
    #expect(failure?.text.contains(word) == true)
  }

  @Test(arguments: ["HANG", "SPIN"])
  func pluginThatDoesNotEndIsStopped(define: String) throws {
    let start = ContinuousClock.now
    let failure = failure { _ = try open([define], IsolationLimits(seconds: 1)) }
    #expect(failure?.reason == "plugin-timeout")
    #expect(failure?.text.contains("the plugin bad") == true)
    #expect(ContinuousClock.now - start < .seconds(10))
  }

  @Test func pluginThatEatsMemoryIsStopped() throws {
    let limits = IsolationLimits(memoryByteCount: 256 << 20, seconds: 20)
    let failure = failure { _ = try open(["EAT"], limits) }
    #expect(failure?.reason == "plugin-memory")
    #expect(failure?.text.contains("256 MiB") == true)
  }

  @Test func pluginThatPrintsIsHeardAllTheSame() throws {
    #expect(try open(["PRINT"]).tensors.map(\.name) == ["weight"])
  }

  @Test func tensorsByReadAreRefused() throws {
    let failure = failure { _ = try open(["FLAGS=1", "READ"]) }
    #expect(failure?.code == .unsupported)
    #expect(failure?.reason == "isolated-read")
  }

  @Test func errorOfTheFileComesThroughUnchanged() throws {
    let failure = failure { _ = try open(["CODE=INGOT_REFUSED"]) }
    #expect(failure?.code == .refused)
    #expect(failure?.reason == "some-reason")
  }

  @Test func missingProgramIsNamed() throws {
    let failure = failure {
      _ = try open([], IsolationLimits(executablePath: "/nonexistent/ingot-isolate"))
    }
    #expect(failure?.code == .notFound)
  }

  @Test func noDescriptorIsLeftBehind() throws {
    _ = try? open(["CRASH"])
    let folder = try TemporaryFolder()
    let plugin = try LoadedPlugin(library: try CompiledPlugin.build(["CRASH"], in: folder))
    let path = try folder.write("model.bad", Array("BADP".utf8) + Array(repeating: 0, count: 28))
    let source = try FileByteSource(path: path)
    let opening = IsolatedOpening(plugins: [plugin])
    // Other tests open files at the same time; a leak of two for each run shows all the same.
    let before = try FolderListing.names(at: "/proc/self/fd").count
    for _ in 0..<60 { _ = failure { _ = try opening.open(source) } }
    #expect(try FolderListing.names(at: "/proc/self/fd").count < before + 60)
  }

  @Test(arguments: ["safetensors", "gguf"])
  func builtInPluginsGiveTheSameCheckpoint(id: String) throws {
    let folder = try TemporaryFolder()
    let metadata = [MetadataEntry("general.name", .string("ä"))]
    let path = try folder.write("m.\(id)", try ModelFile.bytes(id, ["a", "b"], metadata: metadata))
    let catalog = try BuiltProducts.catalog()
    let plain = try catalog.openCheckpoint(at: path)
    let isolated = try catalog.openCheckpoint(
      at: path, options: OpenOptions(isolation: .isolated(IsolationLimits())))
    #expect(isolated.tensors == plain.tensors)
    #expect(isolated.metadata == plain.metadata)
    #expect(isolated.files[0].container == plain.files[0].container)
  }

  @Test func unknownFormatIsTheSameError() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("m.bin", "nothing known")
    let failure = failure {
      _ = try BuiltProducts.catalog().openCheckpoint(
        at: path, options: OpenOptions(isolation: .isolated(IsolationLimits())))
    }
    #expect(failure?.reason == "unknown-format")
  }
}
