internal import PluginKit
internal import Tensors

extension PluginConformance {
  /// The index of `source`, and how it went.
  func open(_ source: any ByteSource, limits: Limits = Limits()) -> Result<
    ContainerIndex, ModelError
  > {
    do throws(ModelError) {
      return .success(try plugin.open(source, limits: limits).index)
    } catch {
      return .failure(error)
    }
  }

  func memory(_ fixture: Fixture) -> MemoryByteSource {
    MemoryByteSource(fixture.bytes, name: fixture.name)
  }

  /// Bids are positive on valid files, zero on noise, and the same each time.
  func bids(_ fixtures: [Fixture]) -> ConformanceReport.Check {
    var check = ConformanceReport.Check("`probe` bids on valid files and on nothing else")
    func bid(_ bytes: [UInt8]) -> Int {
      bytes.withUnsafeBytes { raw in
        let prefix = UnsafeRawBufferPointer(rebasing: raw.prefix(64 << 10))
        return plugin.probe(prefix, fileByteCount: bytes.count)
      }
    }
    for fixture in fixtures {
      let first = bid(fixture.bytes)
      check.expect(first > 0, "\(fixture.name): the bid is 0")
      check.expect(bid(fixture.bytes) == first, "\(fixture.name): a second bid differs")
      // Short prefixes may or may not be enough; they must not crash.
      for length in 0..<min(64, fixture.bytes.count) {
        check.expect(bid(Array(fixture.bytes[..<length])) >= 0, "\(fixture.name): a bid below 0")
      }
    }
    var generator = SeededGenerator(seed: seed)
    let noise = (0..<4096).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let others: [(String, [UInt8])] = [
      ("an empty file", []), ("one zero", [0]), ("zeros", Array(repeating: 0, count: 4096)),
      ("noise", noise), ("text", Array("Not a model at all.\n".utf8)),
    ]
    for (name, bytes) in others { check.expect(bid(bytes) == 0, "it bids on \(name)") }
    return check
  }

  /// Valid files open, to the same index each time.
  func opening(_ fixtures: [Fixture]) -> ConformanceReport.Check {
    var check = ConformanceReport.Check("valid files open, each time to the same index")
    for fixture in fixtures {
      switch (open(memory(fixture)), open(memory(fixture))) {
      case (.success(let first), .success(let second)):
        check.expect(
          first.hasSameBits(as: second), "\(fixture.name): a second opening gives another index")
      case (.failure(let error), _), (_, .failure(let error)):
        check.expect(false, "\(fixture.name): \(error)")
      }
    }
    return check
  }

  /// Invalid files are refused, by the plugin and not by the host's checks of its work.
  func refusals(_ fixtures: [Fixture]) -> ConformanceReport.Check {
    var check = ConformanceReport.Check("invalid files are refused with the right reason")
    if fixtures.isEmpty { check.skipReason = "no invalid fixture was given" }
    for fixture in fixtures {
      switch open(memory(fixture)) {
      case .success: check.expect(false, "\(fixture.name): it was opened")
      case .failure(let error):
        check.expect(
          error.code != .pluginFailed && error.code != .io,
          "\(fixture.name): \(error.code): \(error)")
        if let code = fixture.expectedCode {
          check.expect(error.code == code, "\(fixture.name): the code is \(error.code): \(error)")
        }
        if let reason = fixture.expectedReason {
          check.expect(error.reason == reason, "\(fixture.name): \(error)")
        }
      }
    }
    return check
  }

  /// Whichever read of the host fails, its error comes out and nothing else.
  func readErrors(_ fixtures: [Fixture]) -> ConformanceReport.Check {
    var check = ConformanceReport.Check("an error of the host's `read` is passed on unchanged")
    for fixture in fixtures {
      for number in 1...1000 {
        let source = FaultySource(memory(fixture), failingRead: number)
        let result = open(source)
        guard source.hasFailed else { break }
        switch result {
        case .success: check.expect(false, "\(fixture.name): opened although read \(number) failed")
        case .failure(let error):
          check.expect(
            error.code == .io && error.reason == FaultySource.reason,
            "\(fixture.name), read \(number): \(error.code): \(error)")
        }
      }
    }
    return check
  }

  /// A file beyond a limit is `limitExceeded`, by the plugin itself: the host's own check comes too
  /// late to save memory and is reported as the plugin's failure.
  func limits(_ fixtures: [Fixture]) -> ConformanceReport.Check {
    var check = ConformanceReport.Check("limits are honoured")
    for fixture in fixtures {
      guard case .success(let index) = open(memory(fixture)) else { continue }
      var tight: [(String, Limits)] = [("1 header byte", Limits(headerByteCount: 1))]
      if !index.tensors.isEmpty {
        tight.append(("tensors", Limits(tensorCount: index.tensors.count - 1)))
      }
      if !index.metadata.isEmpty {
        tight.append(("metadata", Limits(metadataCount: index.metadata.count - 1)))
      }
      if let rank = index.tensors.map(\.shape.rank).max(), rank > 0 {
        tight.append(("rank", Limits(rank: rank - 1)))
      }
      for (name, limits) in tight {
        switch open(memory(fixture), limits: limits) {
        case .success: check.expect(false, "\(fixture.name): opened beyond the limit of \(name)")
        case .failure(let error):
          check.expect(
            error.code == .limitExceeded,
            "\(fixture.name), limit of \(name): \(error.code): \(error)")
        }
      }
    }
    return check
  }
}
