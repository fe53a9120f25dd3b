import Conversion
import Recipes
import Tensors
import Testing

/// One tensor of a made-up model.
struct TestTensor {
  var name: String
  var type: ElementType
  var dimensions: [Int]
  var bytes: [UInt8]

  init(_ name: String, _ type: ElementType, _ dimensions: [Int], _ bytes: [UInt8]) {
    self.name = name
    self.type = type
    self.dimensions = dimensions
    self.bytes = bytes
  }

  /// F32 with numbers between -1 and 1 that `seed` decides.
  init(_ name: String, _ dimensions: [Int], seed: Int = 1) {
    let count = dimensions.reduce(1, *)
    self.init(name, .F32, dimensions, floatBytes(floats(count, seed: seed)))
  }
}

func floats(_ count: Int, seed: Int = 1) -> [Float] {
  var state = UInt32(truncatingIfNeeded: seed &* 2_654_435_761 &+ 12345)
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(Int32(bitPattern: state) >> 8) / 8_388_608
  }
}

func floatBytes(_ values: [Float]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

/// A checkpoint in memory.
func checkpoint(
  _ tensors: [TestTensor], metadata: [MetadataEntry] = [], companions: [String] = [],
  folder: String? = nil
) throws -> Checkpoint {
  let bytes = [UInt8](repeating: 0xEE, count: 8) + tensors.flatMap(\.bytes)
  return try checkpoint(
    tensors, over: MemoryByteSource(bytes, name: "source.test"), metadata: metadata,
    companions: companions, folder: folder)
}

/// A checkpoint whose only file is written to `path`.
func checkpoint(_ tensors: [TestTensor], at path: String, isFolder: Bool = false) throws
  -> Checkpoint
{
  try writeFile(path, [UInt8](repeating: 0xEE, count: 8) + tensors.flatMap(\.bytes))
  let folder = isFolder ? String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) : nil
  return try checkpoint(tensors, over: FileByteSource(path: path), folder: folder)
}

private func checkpoint(
  _ tensors: [TestTensor], over source: some ByteSource, metadata: [MetadataEntry] = [],
  companions: [String] = [], folder: String?
) throws -> Checkpoint {
  var infos: [TensorInfo] = []
  var offset = 8
  for (index, tensor) in tensors.enumerated() {
    let shape = try Shape(tensor.dimensions)
    try #require(try tensor.type.byteCount(of: shape) == tensor.bytes.count)
    infos.append(
      TensorInfo(
        name: tensor.name, elementType: tensor.type, shape: shape, offset: offset,
        byteCount: tensor.bytes.count, indexInFile: index))
    offset += tensor.bytes.count
  }
  return Checkpoint(
    files: [
      Checkpoint.File(name: "source.test", source: source, container: TestFormat().identity)
    ], tensors: infos, metadata: metadata, companions: companions, folder: folder)
}

/// The checkpoint that a manifest describes, over the files below `folder`.
func checkpoint(_ manifest: Manifest, in folder: String) throws -> Checkpoint {
  let file = try #require(manifest.files.first { !$0.tensors.isEmpty } ?? manifest.files.first)
  let source = try FileByteSource(path: folder + "/" + file.path)
  return Checkpoint(
    files: [.init(name: file.path, source: source, container: TestFormat().identity)],
    tensors: file.tensors.enumerated().map { index, tensor in
      TensorInfo(
        name: tensor.name, elementType: tensor.encoding, shape: tensor.shape,
        offset: tensor.offset, byteCount: tensor.byteCount, indexInFile: index)
    }, metadata: [])
}

/// A recipe from inline YAML.
func recipe(_ yaml: String) throws -> Recipe {
  let vocabulary = RecipeVocabulary(methods: ["nearest", "search", "four-over-six"])
  let file = try RecipeFile.parse("name: test\n" + yaml, label: "test.yaml", vocabulary: vocabulary)
  return try RecipeCatalog(vocabulary: vocabulary).resolve(file)
}
