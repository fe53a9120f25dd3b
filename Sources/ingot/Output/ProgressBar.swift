internal import Synchronization
internal import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Progress of one long job: a bar with rate and time left on a terminal, JSON lines with
/// `--format json`, nothing otherwise. Called from worker threads.
final class ProgressBar: Sendable {
  private let title: String
  private let format: OutputFormat
  private let start = ProgressBar.now()
  private let lastShown = Atomic<Int>(-1_000_000)
  private let showsBar: Bool

  init(_ title: String, format: OutputFormat) {
    self.title = title
    self.format = format
    showsBar = format == .human && Terminal.showsProgress
  }

  /// Shows that `done` of `all` bytes are finished, at most ten times a second.
  func show(_ done: Int, of all: Int) {
    guard showsBar || format == .json else { return }
    let elapsed = ProgressBar.now() - start
    let last = lastShown.load(ordering: .relaxed)
    guard done == all || elapsed - last >= 100 else { return }
    guard lastShown.compareExchange(expected: last, desired: elapsed, ordering: .relaxed).exchanged
    else { return }
    if format == .json {
      Terminal.print(
        .object([
          "event": .string("progress"), "doneByteCount": .integer(done),
          "allByteCount": .integer(all),
        ]))
    } else {
      Terminal.show("\r\(line(done, all, elapsed))\u{1B}[K" + (done == all ? "\n" : ""))
    }
  }

  private func line(_ done: Int, _ all: Int, _ elapsed: Int) -> String {
    let share = all == 0 ? 1 : Double(done) / Double(all)
    let filled = Int(share * 24)
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 24 - filled)
    let rate = elapsed > 0 ? Double(done) / Double(elapsed) * 1000 : 0
    let left = rate > 0 ? Int((Double(all - done) / rate).rounded(.up)) : 0
    return
      "\(title) [\(bar)] \(decimal(share * 100, 0)) %  \(ByteSize.text(Int(rate)))/s  \(left) s left"
  }

  /// Milliseconds of a clock that only goes forward.
  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
  }
}
