import Glibc
import Tensors
import Testing

@testable import Conversion

/// Changing the metadata of a file that is there.
@Suite struct MetadataEditorTests {
  let folder: TemporaryFolder
  let format = MetadataFormat()
  var path: String { folder.path + "/m.test" }
  let metadata = [
    MetadataEntry("name", .string("old")), MetadataEntry("number", .uint32(7)),
  ]
  let tensors = [
    TestTensor("a", [3, 7]), TestTensor("b", .I64, [2], [UInt8](0..<16)), TestTensor("z", [0, 32]),
    TestTensor("c", [50, 100], seed: 2),
  ]

  init() throws { folder = try TemporaryFolder() }

  func layout(_ metadata: [MetadataEntry]) throws -> ContainerLayout {
    try format.layout(
      of: ContainerIndex(
        tensors: tensors.map {
          let shape = try Shape($0.dimensions)
          return TensorInfo(
            name: $0.name, elementType: $0.type, shape: shape, offset: 0, byteCount: $0.bytes.count)
        }, metadata: metadata))
  }

  /// The whole file with this metadata.
  func bytes(_ metadata: [MetadataEntry]) throws -> [UInt8] {
    let layout = try layout(metadata)
    var bytes = [UInt8](repeating: 0xAA, count: layout.byteCount)
    for segment in layout.segments {
      bytes.replaceSubrange(
        segment.offset..<(segment.offset + segment.bytes.count), with: segment.bytes)
    }
    for (tensor, offset) in zip(tensors, layout.tensorOffsets) {
      bytes.replaceSubrange(offset..<(offset + tensor.bytes.count), with: tensor.bytes)
    }
    return bytes
  }

  func index(_ metadata: [MetadataEntry]) throws -> ContainerIndex {
    let layout = try layout(metadata)
    var infos: [TensorInfo] = []
    for (tensor, offset) in zip(tensors, layout.tensorOffsets) {
      infos.append(
        TensorInfo(
          name: tensor.name, elementType: tensor.type, shape: try Shape(tensor.dimensions),
          offset: offset, byteCount: tensor.bytes.count, indexInFile: infos.count))
    }
    return ContainerIndex(tensors: infos, metadata: metadata)
  }

  func rewrite(_ edits: [MetadataEdit]) throws -> (FileByteSource, MetadataRewrite) {
    let source = try FileByteSource(path: path)
    return (
      source,
      try MetadataRewrite(source, index: index(metadata), format: format, edits: edits)
    )
  }

  @discardableResult
  func run(
    _ edits: [MetadataEdit], inPlace: Bool = false, leavesChecksums: Bool = false,
    onStep: (MetadataEditStep) throws(ModelError) -> Void = { _ in }
  ) throws -> MetadataEditor.Report {
    let (source, rewrite) = try rewrite(edits)
    return try MetadataEditor(path: path, source: source, rewrite: rewrite)
      .run(inPlace: inPlace, leavesChecksums: leavesChecksums, onStep: onStep)
  }

  func entry(_ key: String, _ text: String) -> MetadataEntry {
    MetadataEntry(key, .string(text))
  }

  @Test(arguments: [0, 1, 30, 500, 9000]) func aNewFileTakesTheWeightsOver(length: Int) throws {
    try writeFile(path, bytes(metadata))
    let new = entry("name", String(repeating: "x", count: length))
    let report = try run([.set(new)])
    #expect(try readFile(path) == bytes([new, metadata[1]]))
    #expect(report.isChanged)
    #expect(report.copiedByteCount + report.clonedByteCount > 20_000)
    #expect(try folder.names == ["m.test"])
  }

  @Test func keysAreAddedAndRemoved() throws {
    try writeFile(path, bytes(metadata))
    try run([.remove(key: "name"), .set(MetadataEntry("new", .bool(true)))])
    #expect(try readFile(path) == bytes([metadata[1], MetadataEntry("new", .bool(true))]))
  }

  @Test func nothingIsWrittenWhereNothingChanges() throws {
    try writeFile(path, bytes(metadata))
    let before = FileIdentity.of(path: path)
    let report = try run([.setInteger(key: "number", 7)])
    #expect(!report.isChanged)
    #expect(FileIdentity.of(path: path) == before)
  }

  @Test func aHeaderOfTheSameSizeIsWrittenInPlace() throws {
    try writeFile(path, bytes(metadata))
    let inode = FileIdentity.of(path: path)?.inode
    let report = try run(
      [.set(entry("name", "new")), .setInteger(key: "number", 9)], inPlace: true)
    #expect(FileIdentity.of(path: path)?.inode == inode)
    #expect(
      try readFile(path) == bytes([entry("name", "new"), MetadataEntry("number", .uint32(9))]))
    #expect(report.patchedByteCount > 0 && report.patchedByteCount < 64)
    #expect(report.copiedByteCount == 0)
    #expect(try folder.names == ["m.test"])
  }

  @Test func aHeaderOfAnotherSizeIsNotWrittenInPlace() throws {
    try writeFile(path, bytes(metadata))
    let error = failure {
      try run([.set(entry("name", String(repeating: "x", count: 99)))], inPlace: true)
    }
    #expect(error?.reason == "header-does-not-fit")
    #expect(try readFile(path) == bytes(metadata))
    #expect(try folder.names == ["m.test"])
  }

  @Test func anotherNameOfTheFileKeepsItsContent() throws {
    try writeFile(path, bytes(metadata))
    let other = folder.path + "/other"
    try #require(link(path, other) == 0)
    #expect(
      failure { try run([.set(entry("name", "new"))], inPlace: true) }?.reason == "hard-linked")
    try run([.set(entry("name", "new"))])
    #expect(try readFile(other) == bytes(metadata))
    #expect(try readFile(path) == bytes([entry("name", "new"), metadata[1]]))
  }

  @Test func permissionsAreKept() throws {
    try writeFile(path, bytes(metadata))
    try #require(chmod(path, 0o440) == 0)
    try run([.set(entry("name", "new"))])
    var status = stat()
    try #require(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o440)
  }

  @Test func paddingThatIsNotZeroIsMadeSo() throws {
    var damaged = try bytes(metadata)
    let layout = try layout(metadata)
    damaged[layout.tensorOffsets[0] + tensors[0].bytes.count] = 7
    try writeFile(path, damaged)
    try run([.set(entry("name", "new"))])
    #expect(try readFile(path) == bytes([entry("name", "new"), metadata[1]]))
  }

  @Test func tensorsThatAreNoExtentsAreRefused() throws {
    try writeFile(path, bytes(metadata))
    var index = try index(metadata)
    index.tensors[0].isReadByPlugin = true
    let source = try FileByteSource(path: path)
    let error = failure {
      _ = try MetadataRewrite(source, index: index, format: format, edits: [.remove(key: "name")])
    }
    #expect(error?.reason == "not-extents")
  }

  @Test func aTensorOutsideTheFileIsRefused() throws {
    try writeFile(path, bytes(metadata).dropLast())
    #expect(failure { _ = try rewrite([.remove(key: "name")]) }?.reason == "read-past-end")
  }

  @Test func runsThatMoveAlikeAreOne() throws {
    try writeFile(path, bytes(metadata))
    let (_, rewrite) = try rewrite([.set(entry("name", String(repeating: "x", count: 99)))])
    #expect(rewrite.runs.count == 1)
    #expect(!rewrite.movesNoWeight)
    let (_, small) = try self.rewrite([.set(entry("name", "OLD"))])
    #expect(small.patchedByteCount == 3)
  }
}
