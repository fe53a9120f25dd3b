internal import Tensors

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What an isolated process found out about a file.
struct IsolatedAnswer {
  /// Which plugin reads the file.
  var plugin: Int
  /// What it holds; not yet checked against the file.
  var index: ContainerIndex

  /// Reads the answer of a process that has ended.
  ///
  /// Throws the error that the process reports; `pluginFailed`: `plugin-crashed`, `plugin-timeout`,
  /// `plugin-protocol`.
  init(_ outcome: ChildProcess.Outcome, pluginCount: Int, limits: Limits) throws(ModelError) {
    try IsolatedAnswer.checkEnd(outcome.end)
    var reader = WireReader(outcome.output)
    try reader.magic()
    while let (kind, payload) = try reader.record() {
      var payload = payload
      switch kind {
      case .stage: continue
      case .loaded: throw WireReader.breach("it loaded a library and opened no file")
      case .failure:
        let error = try payload.error()
        try reader.finish()
        throw error
      case .opened:
        let plugin = Int(try payload.integer(UInt32.self))
        guard plugin < pluginCount else { throw WireReader.breach("there is no plugin \(plugin)") }
        let index = try payload.index(limits: limits)
        try reader.finish()
        self.plugin = plugin
        self.index = index
        return
      }
    }
    throw WireReader.breach("the answer has no result")
  }

  /// Throws `pluginFailed` (`plugin-crashed`, `plugin-timeout`, `plugin-protocol`) unless the process
  /// ended as it should.
  static func checkEnd(_ end: ChildProcess.End) throws(ModelError) {
    switch end {
    case .exited(status: 0): break
    case .exited(let status):
      throw WireReader.breach("it ended early, with the status \(status)")
    case .timedOut, .signalled(SIGXCPU), .signalled(SIGALRM):
      throw ModelError(
        .pluginFailed, "plugin-timeout", "it did not answer in time and was stopped")
    case .signalled(let signal):
      throw ModelError(
        .pluginFailed, "plugin-crashed", "it crashed with \(IsolatedAnswer.name(of: signal))")
    case .overflowed:
      throw WireReader.breach("its answer is longer than the memory it may use")
    }
  }

  /// What the process last said it was about to do; nil if it did not get so far.
  static func lastStage(in output: [UInt8]) -> (plugin: Int, stage: WireFormat.Stage)? {
    var reader = WireReader(output)
    var last: (plugin: Int, stage: WireFormat.Stage)?
    do throws(ModelError) {
      try reader.magic()
      while let (kind, payload) = try reader.record(), kind == .stage {
        var payload = payload
        let plugin = Int(try payload.integer(UInt32.self))
        guard let stage = WireFormat.Stage(rawValue: try payload.integer(UInt8.self)) else {
          return last
        }
        last = (plugin, stage)
      }
    } catch {
      // What could be read before the message broke off still tells who was at work.
      return last
    }
    return last
  }

  private static func name(of signal: Int32) -> String {
    let names: [Int32: String] = [
      SIGSEGV: "SIGSEGV", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP", SIGABRT: "SIGABRT",
      SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGSYS: "SIGSYS",
      SIGPIPE: "SIGPIPE", SIGTERM: "SIGTERM",
    ]
    return names[signal].map { "\($0) (signal \(signal))" } ?? "signal \(signal)"
  }
}
