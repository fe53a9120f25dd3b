internal import Tensors

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Loads a plugin once in a process of its own, before it is loaded here: a library may crash, hang
/// or end the process in its constructors or its entry function, before its table can be checked.
enum TrialLoading {
  /// Returns if the library at `path` can be loaded, or fails in order: loading it here reports that
  /// better. Costs as much as starting a program.
  ///
  /// Throws `pluginFailed`: `plugin-crashed`, `plugin-timeout`, `plugin-protocol` if the process did
  /// not come back from it; `notFound` (`isolate-missing`), `io` if none can be started.
  static func check(_ path: String, limits: IsolationLimits = IsolationLimits()) throws(ModelError)
  {
    let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard input >= 0 else { throw ModelError.system("cannot open", "/dev/null") }
    defer { close(input) }
    let request = IsolatedGuest.Request(
      memoryByteCount: limits.memoryByteCount, seconds: limits.seconds, limits: Limits(),
      libraries: [path])
    let outcome = try ChildProcess.run(
      executable: try limits.executable(),
      arguments: [IsolatedGuest.trialArgument] + request.arguments,
      environment: IsolationLimits.environment(), input: input, seconds: limits.seconds,
      outputByteLimit: 1 << 20)
    do throws(ModelError) {
      try IsolatedAnswer.checkEnd(outcome.end)
      var reader = WireReader(outcome.output)
      try reader.magic()
      guard try reader.record() != nil else {
        throw WireReader.breach("it ended the process without an answer")
      }
    } catch {
      var copy = error
      copy.message = "while the library was being loaded: " + error.message
      throw copy.at(file: path)
    }
  }
}
