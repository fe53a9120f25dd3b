internal import Dispatch
internal import PluginKit
internal import Synchronization
internal import Tensors

extension PluginConformance {
  /// Opening and closing, layouts and errors leave no memory behind.
  ///
  /// Other threads allocate too, so growth is measured up to a hundred times until it is none: a
  /// leak grows every time.
  func leaks(_ fixtures: [Fixture]) -> ConformanceReport.Check {
    var check = ConformanceReport.Check("`close` and `free_layout` free everything")
    let rounds = 100
    for fixture in fixtures {
      var least = Int.max
      for _ in 0..<100 where least >= rounds * 8 {
        let before = HeapUse.byteCount
        for _ in 0..<rounds { exercise(fixture) }
        guard let before, let after = HeapUse.byteCount else {
          check.skipReason = "this system does not tell how much memory is allocated"
          return check
        }
        least = min(least, after - before)
      }
      check.expect(
        least < rounds * 8, "\(fixture.name): \(least) bytes are left after \(rounds) rounds")
    }
    return check
  }

  private func exercise(_ fixture: Fixture) {
    let source = memory(fixture)
    let half = PrefixSource(whole: source, byteCount: source.byteCount / 2)
    if case .success = open(half) { return }
    guard case .success(let index) = open(source), plugin.canWrite else { return }
    do throws(ModelError) { _ = try plugin.layout(of: index) } catch { return }
  }

  /// Readers of different files do not disturb each other.
  func threads(_ fixtures: [Fixture]) -> ConformanceReport.Check {
    var check = ConformanceReport.Check("readers on different threads do not disturb each other")
    let expected = fixtures.compactMap { fixture in
      if case .success(let index) = open(memory(fixture)) { (fixture, index) } else { nil }
    }
    let wrong = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      for round in 0..<25 {
        for offset in expected.indices {
          let (fixture, index) = expected[(offset + thread) % expected.count]
          if case .success(let found) = open(memory(fixture)), found.hasSameBits(as: index) {
            continue
          }
          wrong.withLock { $0.append("\(fixture.name), thread \(thread), round \(round)") }
        }
      }
    }
    for _ in 0..<(100 * expected.count) { check.tried() }
    for failure in wrong.withLock({ $0 }) { check.fail("\(failure): another result") }
    return check
  }
}
