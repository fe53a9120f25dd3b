internal import PluginKit
internal import Tensors

extension PluginConformance {
  /// What a valid file holds can be laid out and comes back the same.
  func roundTrips(_ fixtures: [Fixture]) -> ConformanceReport.Check {
    var check = ConformanceReport.Check("what a valid file holds comes back from `layout`")
    guard plugin.canWrite else {
      check.skipReason = "the plugin only reads"
      return check
    }
    for fixture in fixtures {
      guard case .success(let index) = open(memory(fixture)) else { continue }
      do throws(ModelError) {
        try roundTrip(index, fixture.name, &check)
      } catch {
        check.expect(false, "\(fixture.name): \(error)")
      }
    }
    return check
  }

  /// What a format cannot hold is `invalidArgument`; everything else comes back the same.
  func awkwardIndexes() -> ConformanceReport.Check {
    var check = ConformanceReport.Check(
      "`layout` holds a thing exactly or refuses it as an invalid argument")
    guard plugin.canWrite else {
      check.skipReason = "the plugin only reads"
      return check
    }
    do throws(ModelError) {
      for (name, index) in try AwkwardIndexes.all() {
        do throws(ModelError) {
          try roundTrip(index, name, &check)
        } catch {
          check.expect(error.code == .invalidArgument, "\(name): \(error.code): \(error)")
        }
      }
    } catch {
      check.expect(false, "an index could not be made: \(error)")
    }
    return check
  }

  /// Lays `index` out twice, opens the result, and compares. Throws what `layout` throws.
  private func roundTrip(
    _ index: ContainerIndex, _ name: String, _ check: inout ConformanceReport.Check
  ) throws(ModelError) {
    var wanted = index
    for position in wanted.tensors.indices {
      wanted.tensors[position].isReadByPlugin = false
      wanted.tensors[position].offset = 0
    }
    let layout = try plugin.layout(of: wanted)
    let again = try plugin.layout(of: wanted)
    check.expect(again == layout, "\(name): a second layout differs")
    switch open(LaidOutSource(layout: layout)) {
    case .failure(let error):
      check.expect(false, "\(name): what was laid out is refused: \(error)")
    case .success(let found):
      check.expect(
        found.tensors.map(\.name) == wanted.tensors.map(\.name), "\(name): other names or order")
      check.expect(
        found.tensors.map(\.elementType) == wanted.tensors.map(\.elementType),
        "\(name): other element types")
      check.expect(
        found.tensors.map(\.shape) == wanted.tensors.map(\.shape), "\(name): other shapes")
      check.expect(
        kept(found.metadata).hasSameBits(as: kept(wanted.metadata)),
        "\(name): other metadata: \(kept(found.metadata).prefix(4))")
      let moved = zip(found.tensors, layout.tensorOffsets).first { tensor, offset in
        tensor.byteCount > 0 && !tensor.isReadByPlugin && tensor.offset != offset
      }
      check.expect(moved == nil, "\(name): a tensor is not where `layout` said it would be")
    }
  }

  private func kept(_ metadata: [MetadataEntry]) -> [MetadataEntry] {
    metadata.filter { !rewrittenMetadataKeys.contains($0.key) }
  }
}
