import Tensors

@testable import PluginKit

/// Small whole container files.
enum ModelFile {
  /// A file of the built-in plugin `id` with F32 tensors of two elements, filled with zeros.
  static func bytes(
    _ id: String, _ names: [String], metadata: [MetadataEntry] = []
  ) throws -> [UInt8] {
    var index = ContainerIndex(tensors: [], metadata: metadata)
    for name in names {
      index.tensors.append(
        TensorInfo(
          name: name, elementType: .F32, shape: try Shape([2]), offset: 0, byteCount: 8))
    }
    let layout = try BuiltProducts.plugin(id).layout(of: index)
    var bytes = [UInt8](repeating: 0, count: layout.byteCount)
    for segment in layout.segments {
      bytes.replaceSubrange(
        segment.offset..<(segment.offset + segment.bytes.count), with: segment.bytes)
    }
    return bytes
  }

  /// The metadata of part `number` of `count`, as gguf-split writes it.
  static func split(_ number: Int, of count: Int, tensors: Int) -> [MetadataEntry] {
    [
      MetadataEntry("split.no", .uint16(UInt16(number))),
      MetadataEntry("split.count", .uint16(UInt16(count))),
      MetadataEntry("split.tensors.count", .int32(Int32(tensors))),
    ]
  }
}
