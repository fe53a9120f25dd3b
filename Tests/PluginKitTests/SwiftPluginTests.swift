import PluginTesting
import Tensors
import Testing

@testable import PluginKit

/// A plugin in Swift, linked into the program: the guest's end of the contract.
@Suite struct SwiftPluginTests {
  private func plugin() throws -> LoadedPlugin {
    try LoadedPlugin(id: "tiny", entry: { UnsafeRawPointer(tinyTable.pointer) })
  }

  @Test func conformsToTheContract() throws {
    let report = try PluginConformance(plugin: try plugin()).run(
      validFixtures: [Fixture(name: "one", bytes: TinyContainer.file(weights: 3))],
      invalidFixtures: [
        Fixture(
          name: "short", bytes: Array(TinyContainer.file(weights: 3).dropLast()),
          expectedCode: .malformed, expectedReason: "file-length")
      ])
    #expect(report.passed)
  }

  @Test(arguments: ModelError.Code.allCases)
  func everyErrorCrossesTheLine(code: ModelError.Code) throws {
    let name = "TINY!" + code.rawValue
    let failure = failure { _ = try plugin().open(MemoryByteSource(Array(name.utf8))) }
    let kept: ModelError.Code =
      [.notFound, .cancelled, .conflict].contains(code) ? .pluginFailed : code
    #expect(failure?.code == kept)
    #expect(failure?.reason == "asked-for")
    #expect(failure?.text.contains("tensor t: at byte 5") == true)
  }

  @Test func failedReadCannotBeSwallowed() throws {
    let source = BrokenSource()
    let failure = failure { _ = try plugin().open(source) }
    #expect(failure?.code == .io)
    #expect(failure?.reason == "broken")
  }

  @Test func layoutErrorIsThePlugins() throws {
    let index = ContainerIndex(tensors: [], metadata: [MetadataEntry("k", .bool(true))])
    let failure = failure { _ = try plugin().layout(of: index) }
    #expect(failure?.code == .invalidArgument)
    #expect(failure?.reason == "no-metadata")
  }

  @Test func pluginLinkedInHasNoLibraryToIsolate() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("one.tiny", TinyContainer.file(weights: 1))
    let catalog = FormatCatalog(searchPath: PluginSearchPath(folders: []), linked: [try plugin()])
    #expect(try catalog.openCheckpoint(at: path).tensors.count == 1)
    let failure = failure {
      _ = try catalog.openCheckpoint(
        at: path, options: OpenOptions(isolation: .isolated(IsolationLimits())))
    }
    #expect(failure?.reason == "plugin-not-isolatable")
  }
}

/// A source that cannot be read.
private struct BrokenSource: ByteSource {
  let name = "broken"
  let byteCount = 16

  func read(
    into destination: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(ModelError) {
    throw ModelError(.io, "broken", "it was made so")
  }
}

private let tinyTable = PluginTable(
  TinyContainer.manifest,
  probe: { PluginGuest.probe(TinyContainer.self, $0, $1, $2) },
  open: { PluginGuest.open(TinyContainer.self, $0, $1, $2) },
  layout: { PluginGuest.layout(TinyContainer.self, $0, $1, $2) })

/// "TINY", the number of weights in one byte, the weights as bytes; "TINY!" and a code is an error.
private enum TinyContainer: ContainerPlugin {
  static let manifest = PluginManifest(
    id: "tiny", name: "Tiny", version: "1.0.0", summary: "One tensor", license: "Apache-2.0",
    extensions: ["tiny"])

  static func file(weights: UInt8) -> [UInt8] {
    Array("TINY".utf8) + [weights] + Array(repeating: 7, count: Int(weights))
  }

  static func probe(_ prefix: UnsafeRawBufferPointer, fileByteCount: Int) -> Int {
    prefix.starts(with: Array("TINY".utf8)) ? 32 : 0
  }

  static func index(of source: any ByteSource, limits: Limits) throws(ModelError)
    -> ContainerIndex
  {
    guard limits.headerByteCount >= 5, limits.tensorCount >= 1, limits.rank >= 1 else {
      throw ModelError(.limitExceeded, "limits", "five bytes and one tensor are needed")
    }
    let bytes: [UInt8]
    do throws(ModelError) {
      bytes = try source.bytes(at: 0, byteCount: source.byteCount)
    } catch {
      // A plugin that carries on after a failed read must not get away with it.
      return ContainerIndex(tensors: [], metadata: [])
    }
    guard bytes.starts(with: Array("TINY".utf8)), bytes.count >= 5 else {
      throw ModelError(.malformed, "magic", "no TINY")
    }
    let rest = String(decoding: bytes[5...], as: UTF8.self)
    if bytes[4] == UInt8(ascii: "!"), let code = ModelError.Code(rawValue: rest) {
      throw ModelError(code, "asked-for", "as asked", tensor: "t", offset: 5)
    }
    guard bytes.count == 5 + Int(bytes[4]) else {
      throw ModelError(.malformed, "file-length", "\(bytes.count) bytes")
    }
    let tensor = TensorInfo(
      name: "weights", elementType: .U8, shape: try Shape([Int(bytes[4])]), offset: 5,
      byteCount: Int(bytes[4]))
    return ContainerIndex(tensors: [tensor], metadata: [])
  }

  static func layout(of index: ContainerIndex) throws(ModelError) -> ContainerLayout {
    guard index.metadata.isEmpty else {
      throw ModelError(.invalidArgument, "no-metadata", "there is no room for metadata")
    }
    guard index.tensors.count == 1, let tensor = index.tensors.first, tensor.name == "weights",
      tensor.elementType == .U8, tensor.shape.rank == 1, tensor.byteCount <= 255
    else { throw ModelError(.invalidArgument, "one-tensor", "one small tensor fits") }
    return ContainerLayout(
      byteCount: 5 + tensor.byteCount,
      segments: [.init(offset: 0, bytes: Array("TINY".utf8) + [UInt8(tensor.byteCount)])],
      tensorOffsets: [5])
  }
}
