import Tensors
import Testing

@Suite("The folders of fixtures are the expectation")
struct FixtureTests {
  @Test("fixtures are found", arguments: Format.allCases)
  func fixturesAreFound(_ format: Format) {
    #expect(Fixture.all("valid").count { $0.format == format } >= 15)
    #expect(Fixture.all("invalid").count { $0.format == format } >= 90)
  }

  @Test("a valid file is read and can be laid out again", arguments: Fixture.all("valid"))
  func validFileIsRead(_ fixture: Fixture) throws {
    let index = try fixture.format.index(of: fixture.bytes)
    let layout = try fixture.format.layout(of: index)
    expectCovered(layout, index.tensors)
    let data = index.tensors.map { Array(fixture.bytes[$0.offset..<$0.offset + $0.byteCount]) }
    let bytes = assemble(layout, data: data)
    let again = try fixture.format.index(of: bytes)
    #expect(again.tensors.map(\.offset) == layout.tensorOffsets)
    #expect(again.tensors.map(\.content) == index.tensors.map(\.content))
    #expect(again.metadata.map(\.key) == index.metadata.map(\.key))
    // Equal bytes mean equal metadata, NaN included.
    #expect(try fixture.format.layout(of: again) == layout)
    #expect((bytes == fixture.bytes) == (fixture.parts[1] == "exact"))
  }

  @Test("the index numbers the tensors by their data", arguments: Fixture.all("valid"))
  func tensorsAreInFileOrder(_ fixture: Fixture) throws {
    let tensors = try fixture.format.index(of: fixture.bytes).tensors
    #expect(tensors.map(\.indexInFile) == Array(tensors.indices))
    #expect(tensors.map(\.fileIndex).allSatisfy { $0 == 0 })
    #expect(zip(tensors, tensors.dropFirst()).allSatisfy { $0.offset + $0.byteCount <= $1.offset })
  }

  @Test("a valid file gets the bid of its format alone", arguments: Fixture.all("valid"))
  func validFileIsBidFor(_ fixture: Fixture) {
    for format in Format.allCases {
      #expect((format.probe(fixture.bytes) > 0) == (format == fixture.format))
    }
  }

  @Test("an invalid file is refused for its reason", arguments: Fixture.all("invalid"))
  func invalidFileIsRefused(_ fixture: Fixture) {
    do throws(ModelError) {
      let index = try fixture.format.index(of: fixture.bytes)
      Issue.record("\(fixture.name) was read as \(index)")
    } catch {
      #expect(error.code.rawValue == fixture.parts[1])
      #expect(error.reason == fixture.parts[2])
      #expect(error.context.offset.map { $0 <= UInt64(fixture.bytes.count) } ?? false)
      #expect(!error.message.isEmpty)
    }
  }

  @Test("an error about a tensor names it", arguments: Fixture.all("invalid"))
  func errorsNameTheTensor(_ fixture: Fixture) {
    let reasonsAboutTensors: Set = [
      "shape-overflow", "size-overflow", "size-mismatch", "dtype-unknown", "offset-gap",
      "offset-overlap", "offset-mismatch", "row-not-whole-blocks", "type-removed", "type-unknown",
      "too-many-dimensions", "dimension-negative", "data-past-end", "duplicate-tensor-name",
    ]
    guard reasonsAboutTensors.contains(fixture.parts[2]) else { return }
    do throws(ModelError) {
      _ = try fixture.format.index(of: fixture.bytes)
      Issue.record("\(fixture.name) was read")
    } catch {
      #expect(error.context.tensor != nil)
    }
  }
}

extension TensorInfo {
  /// Everything but the place.
  fileprivate var content: [String] {
    [name, elementType.rawValue, shape.description, String(byteCount)]
  }
}
