import Synchronization
import Tensors
import Testing

@testable import Dialects

@Suite struct AssemblyReadingTests {
  /// Every architecture's tensors, read whole and in every range that begins or ends within a unit.
  @Test(arguments: ["llama", "gpt2", "deepseek3", "gpt-oss", "falcon-40b", "mixtral"])
  func anyRangeIsPartOfTheWhole(_ name: String) throws {
    let tiny = try TinyModel(name)
    let source = tiny.model.checkpoint
    let there = try Translation.toLlamaCpp(
      source, files: ModelFiles(config: tiny.config), tokenizerMetadata: [], generalMetadata: [],
      vocabularySize: nil)
    let back = try Translation.toHuggingFace(there.checkpoint)
    for checkpoint in [there.checkpoint, back.checkpoint] {
      for tensor in checkpoint.tensors where tensor.isReadByPlugin {
        let whole = try checkpoint.bytes(of: tensor, 0..<tensor.byteCount)
        let places = Set([0, 1, 3, 4, 5, 17, 31, 64, 100, tensor.byteCount - 1, tensor.byteCount])
          .filter { $0 <= tensor.byteCount }.sorted()
        for low in places {
          for high in places where high >= low {
            let part = try checkpoint.bytes(of: tensor, low..<high)
            #expect(part == Array(whole[low..<high]), "\(tensor.name) \(low)..<\(high)")
          }
        }
        #expect(throws: ModelError.self) {
          try checkpoint.bytes(of: tensor, tensor.byteCount..<tensor.byteCount + 1)
        }
      }
    }
  }

  /// Matrices that do not fit what is read at once, so that they are read in strips.
  @Test func largeMatricesAreTransposed() throws {
    let (rowCount, columnCount) = (1200, 700)
    var model = MemoryModel()
    try model.add("w", [rowCount, columnCount], from: 0)
    let axes = try Arrangement("in out -> out in").axes(
      ofLeft: [rowCount, columnCount], sizes: { (_) throws(ModelError) in nil },
      value: { (_) throws(ModelError) in 0 })
    let checkpoint = model.checkpoint
    let tensor = try TranslatedTensor(
      name: "t", shape: try Shape([columnCount, rowCount]), assembly: axes.toRight(0),
      of: checkpoint.tensors, isWidened: false)
    let translated = try checkpoint.translated([tensor], metadata: [])
    let result = try translated.floats(of: "t")
    for column in [0, 1, 350, 699] {
      for row in [0, 1, 600, 1199] {
        #expect(result[column * rowCount + row] == Float(row * columnCount + column))
      }
    }
    let part = try translated.bytes(of: translated.tensors[0], 493_827..<513_827)
    #expect(try part == Array(translated.bytes(of: "t")[493_827..<513_827]))
  }

  /// A source that counts what is asked of it.
  private final class CountingSource: ByteSource {
    let name = "counting"
    let bytes: MemoryByteSource
    let readByteCount = Mutex(0)
    var byteCount: Int { bytes.byteCount }

    init(_ bytes: [UInt8]) { self.bytes = MemoryByteSource(bytes) }

    func read(
      into destination: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(ModelError) {
      readByteCount.withLock { $0 += destination.count }
      try bytes.read(into: destination, at: offset)
    }
  }

  /// A strip of a transposed matrix is not paid for with whole rows.
  @Test func stripsReadLittleMoreThanTheyNeed() throws {
    let (rowCount, columnCount) = (1000, 2000)
    var model = MemoryModel()
    try model.add("w", [rowCount, columnCount], from: 0)
    let source = CountingSource(model.bytes)
    var checkpoint = model.checkpoint
    checkpoint.files[0].source = source
    let axes = try Arrangement("in out -> out in").axes(
      ofLeft: [rowCount, columnCount], sizes: { (_) throws(ModelError) in nil },
      value: { (_) throws(ModelError) in 0 })
    let tensor = try TranslatedTensor(
      name: "t", shape: try Shape([columnCount, rowCount]), assembly: axes.toRight(0),
      of: checkpoint.tensors, isWidened: false)
    let translated = try checkpoint.translated([tensor], metadata: [])
    for start in stride(from: 0, to: tensor.shape.elementCount * 4, by: 1_000_000) {
      _ = try translated.bytes(of: translated.tensors[0], start..<start + 1_000_000)
    }
    #expect(source.readByteCount.withLock { $0 } < 4 * tensor.shape.elementCount * 4)
  }

  @Test(arguments: [[2, 3, 4], [5], [1, 1, 7], [4, 1, 3], []])
  func boxesCoverARangeInOrder(_ extents: [Int]) {
    let count = extents.reduce(1, *)
    for low in 0...count {
      for high in low...count {
        var cells: [Int] = []
        for box in GridRange.boxes(low..<high, of: extents) {
          var indices = [0]
          for (bounds, extent) in zip(box, extents) {
            indices = indices.flatMap { index in bounds.map { index * extent + $0 } }
          }
          cells += indices
        }
        #expect(cells == Array(low..<high))
      }
    }
  }

  @Test func rowsOfBlocksMoveWithoutBeingDecoded() throws {
    var model = MemoryModel()
    // Two heads of four rows, each one block of Q4_0 with a number of its own in every byte.
    let rows = (0..<8).map { row in [UInt8](repeating: UInt8(row + 1), count: 18) }
    try model.add("q", .Q4_0, [8, 32], rows.flatMap(\.self))
    let axes = try Arrangement("(heads 2 half) ... -> (heads half 2) ...").axes(
      ofLeft: [8, 32], sizes: { (name) throws(ModelError) in name == "heads" ? 2 : nil },
      value: { (_) throws(ModelError) in 0 })
    let tensor = try TranslatedTensor(
      name: "p", shape: try Shape([8, 32]), assembly: axes.toRight(0),
      of: model.checkpoint.tensors, isWidened: false)
    let checkpoint = try model.checkpoint.translated([tensor], metadata: [])
    #expect(checkpoint.tensors[0].elementType == .Q4_0)
    #expect(
      try checkpoint.bytes(of: "p") == [0, 2, 1, 3, 4, 6, 5, 7].flatMap { rows[$0] })
  }

  @Test func columnsOfBlocksAreDecoded() throws {
    var model = MemoryModel()
    try model.add("w", .Q4_0, [2, 32], [UInt8](repeating: 0, count: 36))
    let axes = try Arrangement("in out -> out in").axes(
      ofLeft: [2, 32], sizes: { (_) throws(ModelError) in nil },
      value: { (_) throws(ModelError) in 0 })
    let tensor = try TranslatedTensor(
      name: "t", shape: try Shape([32, 2]), assembly: axes.toRight(0),
      of: model.checkpoint.tensors, isWidened: false)
    let checkpoint = try model.checkpoint.translated([tensor], metadata: [])
    #expect(checkpoint.tensors[0].elementType == .F32)
    #expect(try checkpoint.floats(of: "t") == [Float](repeating: 0, count: 64))
  }

  @Test func codesOfMXFP4AreReordered() {
    let codes = (0..<16).map { UInt8($0) | UInt8(15 - $0) << 4 }
    var packed = [UInt8](repeating: 0, count: 16)
    var back = packed
    codes.withUnsafeBytes { source in
      packed.withUnsafeMutableBytes { MXFP4Layout.pack(source, into: $0.baseAddress) }
    }
    // Elements 0 and 16 are the low nibbles of bytes 0 and 8, 1 and 17 the high ones.
    #expect(packed[0] == 0 | 8 << 4 && packed[1] == 15 | 7 << 4)
    packed.withUnsafeBytes { source in
      back.withUnsafeMutableBytes { MXFP4Layout.unpack(source, into: $0.baseAddress) }
    }
    #expect(back == codes)
  }

  @Test func scalesOfBlocksAreApplied() throws {
    var model = MemoryModel()
    // 1.0 in E4M3 is 0x38; three rows of three, in blocks of two by two.
    try model.add("w", .F8_E4M3, [3, 3], [UInt8](repeating: 0x38, count: 9))
    try model.add("s", .F32, [2, 2], MemoryModel.bytes([1, 2, 3, 4]))
    let checkpoint = model.checkpoint
    let scale = UnitSource.BlockScale(
      tensor: checkpoint.tensors[1], block: (2, 2), columnCount: 3, scaleColumnCount: 2)
    let tensor = try TranslatedTensor(
      name: "t", shape: try Shape([3, 3]), assembly: .whole(source: 0, unitCount: 9),
      of: [checkpoint.tensors[0]], scales: [scale], isWidened: false)
    let translated = try checkpoint.translated([tensor], metadata: [])
    #expect(try translated.floats(of: "t") == [1, 1, 2, 1, 1, 2, 3, 3, 4])
    let info = translated.tensors[0]
    #expect(
      try translated.bytes(of: info, 20..<30)
        == Array(MemoryModel.bytes([1, 1, 2, 1, 1, 2, 3, 3, 4])[20..<30]))
  }
}
