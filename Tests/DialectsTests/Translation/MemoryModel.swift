import Dialects
import Tensors

/// A checkpoint in memory.
struct MemoryModel {
  private(set) var tensors: [TensorInfo] = []
  private(set) var bytes: [UInt8] = []
  var metadata: [MetadataEntry] = []

  mutating func add(
    _ name: String, _ type: ElementType, _ dimensions: [Int], _ data: [UInt8]
  ) throws {
    let shape = try Shape(dimensions)
    tensors.append(
      TensorInfo(
        name: name, elementType: type, shape: shape, offset: bytes.count, byteCount: data.count,
        indexInFile: tensors.count))
    bytes += data
  }

  /// F32 numbers that differ from each other: whole ones, so that adding one and taking it away
  /// gives them back.
  mutating func add(_ name: String, _ dimensions: [Int], from first: Int) throws {
    let count = dimensions.reduce(1, *)
    let values = (0..<count).map { Float(first + $0) }
    try add(name, .F32, dimensions, MemoryModel.bytes(values))
  }

  static func bytes(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } }
  }

  var checkpoint: Checkpoint {
    Checkpoint(
      files: [
        Checkpoint.File(
          name: "model", source: MemoryByteSource(bytes),
          container: ContainerIdentity(
            id: "memory", version: "1", libraryPath: nil, extensions: []))
      ], tensors: tensors, metadata: metadata)
  }
}

extension Checkpoint {
  /// All data of the tensor called `name`.
  func bytes(of name: String) throws -> [UInt8] {
    guard let tensor = tensors.first(where: { $0.name == name }) else {
      throw ModelError(.notFound, "no-such-tensor", name)
    }
    return try bytes(of: tensor, 0..<tensor.byteCount)
  }

  func bytes(of tensor: TensorInfo, _ range: Range<Int>) throws -> [UInt8] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 8)
    defer { buffer.deallocate() }
    buffer.initializeMemory(as: UInt8.self, repeating: 0xA5)
    try read(tensor, offset: range.lowerBound, into: buffer)
    return Array(buffer)
  }

  func floats(of name: String) throws -> [Float] {
    try bytes(of: name).withUnsafeBytes { buffer in
      (0..<buffer.count / 4).map { buffer.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }

  func info(_ name: String) -> TensorInfo? { tensors.first { $0.name == name } }
}

extension ModelFiles {
  /// Only a `config.json`.
  init(config: JSONValue) {
    self.init(contents: ["config.json": Array(config.canonicalText.utf8)])
  }
}
