internal import Tensors

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What the program `ingot-isolate` does: confine itself, open the file on descriptor 0 with one of
/// the plugins it is given, and write a `WireFormat` message to descriptor 1.
public enum IsolatedGuest {
  /// What the host asks for, as command-line arguments.
  struct Request {
    var memoryByteCount: Int
    var seconds: Int
    var limits: Limits
    var libraries: [String]

    /// Six numbers and the libraries' paths.
    var arguments: [String] {
      [
        memoryByteCount, seconds, limits.headerByteCount, limits.tensorCount,
        limits.metadataCount, limits.rank,
      ].map(String.init) + libraries
    }

    /// Creates a request from what the host sends.
    init(memoryByteCount: Int, seconds: Int, limits: Limits, libraries: [String]) {
      self.memoryByteCount = memoryByteCount
      self.seconds = seconds
      self.limits = limits
      self.libraries = libraries
    }

    /// Parses arguments; nil if they are not those of a host.
    init?(arguments: [String]) {
      let numbers = arguments.prefix(6).compactMap { Int($0) }
      guard numbers.count == 6 else { return nil }
      self.init(
        memoryByteCount: numbers[0], seconds: numbers[1],
        limits: Limits(
          headerByteCount: numbers[2], tensorCount: numbers[3], metadataCount: numbers[4],
          rank: numbers[5]),
        libraries: Array(arguments.dropFirst(6)))
    }
  }

  /// The first argument of a call that only loads libraries; see `TrialLoading`.
  static let trialArgument = "--load"

  /// Runs the program with its arguments, the program's name not among them; returns its exit
  /// status: 0 if it has written an answer, 2 for a wrong call, 5 if it cannot confine itself.
  public static func run(arguments: [String]) -> Int32 {
    let isTrial = arguments.first == trialArgument
    guard let request = Request(arguments: Array(arguments.dropFirst(isTrial ? 1 : 0))) else {
      return 2
    }
    guard confine(request) else { return 5 }
    // The answer goes to a copy of descriptor 1, and descriptor 1 to nothing, so that a plugin
    // which prints does not spoil it.
    let output = dup(1)
    guard output >= 0, dup2(2, 1) == 1 else { return 5 }
    var writer = WireWriter()
    writer.appendMagic()
    do throws(ModelError) {
      if isTrial {
        for library in request.libraries { _ = try LoadedPlugin(library: library) }
        writer.appendLoaded()
        return send(&writer, to: output) ? 0 : 5
      }
      let source = try DescriptorSource(descriptor: 0)
      let (plugin, index) = try answer(request, source, output, &writer)
      // An index takes about the bytes of its header, which is at most the file.
      writer.reserve(min(source.byteCount, 8 << 20))
      writer.append(index, plugin: plugin)
      // To free hundreds of thousands of texts one by one takes longer than to end the process.
      _exit(send(&writer, to: output) ? 0 : 5)
    } catch {
      writer.append(error)
    }
    return send(&writer, to: output) ? 0 : 5
  }

  private static func answer(
    _ request: Request, _ source: DescriptorSource, _ output: Int32, _ writer: inout WireWriter
  ) throws(ModelError) -> (plugin: Int, index: ContainerIndex) {
    // Each stage is sent at once: it is what the host knows if this process dies.
    func enter(_ stage: WireFormat.Stage, _ plugin: Int) {
      writer.appendStage(stage, plugin: plugin)
      _ = send(&writer, to: output)
    }
    var plugins: [LoadedPlugin] = []
    for (position, library) in request.libraries.enumerated() {
      enter(.loading, position)
      plugins.append(try LoadedPlugin(library: library))
    }
    let prefix = try Bidding.prefix(of: source)
    var bids: [Int] = []
    for (position, plugin) in plugins.enumerated() {
      enter(.probing, position)
      bids.append(
        prefix.withUnsafeBytes { plugin.probe($0, fileByteCount: source.byteCount) })
    }
    let winner = try Bidding.winner(bids: bids, ids: plugins.map(\.manifest.id), prefix: prefix)
    enter(.opening, winner)
    let (index, _) = try plugins[winner].open(source, limits: request.limits)
    return (winner, index)
  }

  /// Limits memory, processor time, written files and core dumps, closes every descriptor but the
  /// file and the pipe, and sets an alarm that ends this process if the host is gone.
  private static func confine(_ request: Request) -> Bool {
    func limit(_ resource: Int32, _ value: Int) -> Bool {
      var bound = rlimit(rlim_cur: rlim_t(max(0, value)), rlim_max: rlim_t(max(0, value)))
      return setrlimit(resource, &bound) == 0
    }
    do throws(ModelError) {
      for descriptor in try FolderListing.names(at: "/dev/fd").compactMap({ Int32($0) })
      where descriptor > 2 { close(descriptor) }
    } catch {
      return false
    }
    alarm(UInt32(clamping: request.seconds) &+ 1)
    return limit(number(RLIMIT_AS), request.memoryByteCount)
      && limit(number(RLIMIT_CPU), request.seconds + 1)
      && limit(number(RLIMIT_CORE), 0) && limit(number(RLIMIT_FSIZE), 0)
  }

  #if canImport(Glibc)
    private static func number(_ resource: __rlimit_resource) -> Int32 {
      Int32(bitPattern: resource.rawValue)
    }
  #else
    private static func number(_ resource: Int32) -> Int32 { resource }
  #endif

  /// Writes and forgets what `writer` holds.
  private static func send(_ writer: inout WireWriter, to descriptor: Int32) -> Bool {
    let bytes = writer.bytes
    writer = WireWriter()
    return bytes.withUnsafeBytes { raw in
      var done = 0
      while done < raw.count {
        let count = write(descriptor, raw.baseAddress.map { $0 + done }, raw.count - done)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        done += count
      }
      return true
    }
  }
}
