import GGUFPlugin
import Glibc
import PluginKit
import SafetensorsPlugin
import Tensors
import Testing

/// The two containers under one name, so that every property is tested on both.
enum Format: String, CaseIterable, Sendable {
  case safetensors = "Safetensors"
  case gguf = "GGUF"

  func index(
    of source: any ByteSource, limits: Limits = Limits()
  ) throws(ModelError) -> ContainerIndex {
    switch self {
    case .safetensors: try SafetensorsContainer.index(of: source, limits: limits)
    case .gguf: try GGUFContainer.index(of: source, limits: limits)
    }
  }

  func index(of bytes: [UInt8]) throws(ModelError) -> ContainerIndex {
    try index(of: MemoryByteSource(bytes))
  }

  func layout(of index: ContainerIndex) throws(ModelError) -> ContainerLayout {
    switch self {
    case .safetensors: try SafetensorsContainer.layout(of: index)
    case .gguf: try GGUFContainer.layout(of: index)
    }
  }

  func probe(_ bytes: [UInt8]) -> Int {
    bytes.withUnsafeBytes {
      switch self {
      case .safetensors: SafetensorsContainer.probe($0, fileByteCount: bytes.count)
      case .gguf: GGUFContainer.probe($0, fileByteCount: bytes.count)
      }
    }
  }
}

/// One file of `Formats/<Container>/Fixtures`; its folder and name are the expectation.
struct Fixture: Sendable, CustomTestStringConvertible {
  let format: Format
  let name: String
  let bytes: [UInt8]

  var testDescription: String { name }

  /// The parts of the name between dots.
  var parts: [String] { name.split(separator: ".").map(String.init) }

  /// Every fixture of both containers in `folder`: `valid` or `invalid`.
  static func all(_ folder: String) -> [Fixture] {
    Format.allCases.flatMap { format in
      let path = formatsPath + "/\(format.rawValue)/Fixtures/\(folder)"
      return names(in: path).map {
        Fixture(format: format, name: $0, bytes: contents(of: path + "/" + $0))
      }
    }
  }

  private static let formatsPath =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/") + "/Formats"

  private static func names(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  private static func contents(of path: String) -> [UInt8] {
    do {
      let source = try FileByteSource(path: path)
      return try source.bytes(at: 0, byteCount: source.byteCount)
    } catch {
      Issue.record(error)
      return []
    }
  }
}

/// The bytes of a file with this layout whose tensors hold `data`, one array for each.
func assemble(_ layout: ContainerLayout, data: [[UInt8]]) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: layout.byteCount)
  for segment in layout.segments {
    bytes.replaceSubrange(
      segment.offset..<segment.offset + segment.bytes.count, with: segment.bytes)
  }
  for (offset, data) in zip(layout.tensorOffsets, data) {
    bytes.replaceSubrange(offset..<offset + data.count, with: data)
  }
  return bytes
}

/// Checks that segments and tensors cover the file once.
func expectCovered(_ layout: ContainerLayout, _ tensors: [TensorInfo]) {
  var extents = layout.segments.map { ($0.offset, $0.bytes.count) }
  extents += zip(layout.tensorOffsets, tensors).map { ($0, $1.byteCount) }
  var end = 0
  for (offset, byteCount) in extents.sorted(by: { $0 < $1 }) {
    #expect(offset == end)
    end = offset + byteCount
  }
  #expect(end == layout.byteCount)
}
