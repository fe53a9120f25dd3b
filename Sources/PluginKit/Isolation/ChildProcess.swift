internal import Tensors

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A child process that answers over a pipe, has a deadline, and never outlives its run.
struct ChildProcess {
  /// How a child ended.
  enum End: Equatable {
    case exited(status: Int32)
    case signalled(Int32)
    /// It was killed because it did not finish in time.
    case timedOut
    /// It was killed because it sent more than it may.
    case overflowed
  }

  /// What became of a child.
  struct Outcome {
    /// What it wrote, up to the bound.
    var output: [UInt8]
    /// How it ended.
    var end: End
    /// The most memory it had at once, in bytes.
    var peakMemoryByteCount: Int
  }

  /// Runs `executable` with `arguments` and `environment`; descriptor 0 of the child is `input`,
  /// descriptor 1 the pipe, descriptor 2 nothing.
  ///
  /// Returns when the child has ended, which it does after `seconds` at the latest. Throws `io` if
  /// the child cannot be started.
  static func run(
    executable: String, arguments: [String], environment: [String], input: Int32, seconds: Int,
    outputByteLimit: Int
  ) throws(ModelError) -> Outcome {
    let ends = try pipeEnds(for: executable)
    let deadline = ContinuousClock.now + .seconds(seconds)
    let child: pid_t
    do throws(ModelError) {
      child = try spawn(executable, arguments, environment, input: input, output: ends.write)
    } catch {
      close(ends.read)
      close(ends.write)
      throw error
    }
    close(ends.write)
    defer { close(ends.read) }
    let (output, verdict) = drain(ends.read, until: deadline, limit: outputByteLimit)
    return reap(child, output, verdict, until: deadline)
  }

  /// Both ends of a new pipe. They are closed in programs that are started, but not at once: one
  /// that another thread starts in between may inherit them, and an isolated process therefore
  /// closes whatever it has inherited.
  private static func pipeEnds(for executable: String) throws(ModelError)
    -> (read: Int32, write: Int32)
  {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw ModelError.system("cannot make a pipe", executable) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    #if os(Linux)
      // F_SETPIPE_SZ, which Glibc's module leaves out: fewer wake-ups for a large vocabulary. It does
      // no harm if the system refuses.
      _ = fcntl(ends[0], 1031, 1 << 20)
    #endif
    return (ends[0], ends[1])
  }

  private static func spawn(
    _ executable: String, _ arguments: [String], _ environment: [String], input: Int32,
    output: Int32
  ) throws(ModelError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // In a program that has closed its standard descriptors the pipe may be one of them, and the
    // first copy would overwrite it; so it is moved out of the way.
    let high = fcntl(output, F_DUPFD_CLOEXEC, 10)
    guard high >= 0 else { throw ModelError.system("cannot copy a descriptor", executable) }
    defer { close(high) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, high, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var argv: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
    var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) }
    defer { for text in argv + envp { free(text) } }
    argv.append(nil)
    envp.append(nil)
    var child: pid_t = 0
    let error = posix_spawn(&child, executable, &actions, nil, argv, envp)
    guard error == 0 else {
      throw ModelError.system("cannot start the isolated process", executable, errno: error)
    }
    return child
  }

  private static func drain(
    _ descriptor: Int32, until deadline: ContinuousClock.Instant, limit: Int
  ) -> (output: [UInt8], verdict: End?) {
    var output: [UInt8] = []
    output.reserveCapacity(min(limit, 4 << 20))
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let remaining = milliseconds(until: deadline)
      guard remaining > 0 else { return (output, .timedOut) }
      guard poll(&waiting, 1, remaining) > 0 else { continue }
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return (output, nil) }
      guard output.count + count <= limit else { return (output, .overflowed) }
      output.append(contentsOf: buffer[..<count])
    }
  }

  private static func reap(
    _ child: pid_t, _ output: [UInt8], _ verdict: End?, until deadline: ContinuousClock.Instant
  ) -> Outcome {
    var verdict = verdict
    var status: Int32 = 0
    var usage = rusage()
    if verdict != nil { kill(child, SIGKILL) }
    while true {
      // A child that has closed its output and does not end is given until the deadline.
      let ended = wait4(child, &status, verdict == nil ? WNOHANG : 0, &usage)
      if ended == child { break }
      if ended < 0, errno != EINTR {
        // Someone else has waited for every child of this program; how this one ended is lost.
        return Outcome(output: output, end: verdict ?? .exited(status: -1), peakMemoryByteCount: 0)
      }
      if verdict == nil, milliseconds(until: deadline) <= 0 {
        verdict = .timedOut
        kill(child, SIGKILL)
      } else if ended == 0 {
        usleep(200)
      }
    }
    let signal = status & 0x7F
    let end: End = signal == 0 ? .exited(status: (status >> 8) & 0xFF) : .signalled(signal)
    // Linux counts ru_maxrss in KiB.
    return Outcome(
      output: output, end: verdict ?? end, peakMemoryByteCount: Int(usage.ru_maxrss) << 10)
  }

  private static func milliseconds(until deadline: ContinuousClock.Instant) -> Int32 {
    let (seconds, attoseconds) = (deadline - ContinuousClock.now).components
    let value = seconds * 1000 + attoseconds / 1_000_000_000_000_000
    return Int32(clamping: value)
  }
}
