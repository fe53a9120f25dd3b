public import Tensors

/// How a checkpoint is opened.
public struct OpenOptions: Sendable, Equatable {
  /// Where the plugins run that look at the files.
  public enum Isolation: Sendable, Equatable {
    /// In this process: fastest, and a plugin that crashes takes the program with it.
    case inProcess
    /// In a child process for each file: for files nobody vouches for.
    case isolated(IsolationLimits)
  }

  /// Where the plugins run.
  public var isolation: Isolation
  /// What a reader may use, whatever a file claims.
  public var limits: Limits

  /// Creates options.
  public init(isolation: Isolation = .inProcess, limits: Limits = Limits()) {
    self.isolation = isolation
    self.limits = limits
  }
}

/// What a child process may use that opens one file.
public struct IsolationLimits: Sendable, Equatable {
  /// Bytes of address space.
  public var memoryByteCount: Int
  /// Wall-clock time and processor time, in whole seconds, at least 1.
  public var seconds: Int
  /// The path of `ingot-isolate`; nil for the one beside the running program or in
  /// `../libexec/ingot`.
  public var executablePath: String?

  /// Creates limits; the defaults are 1 GiB and 10 s.
  public init(
    memoryByteCount: Int = 1 << 30, seconds: Int = 10, executablePath: String? = nil
  ) {
    self.memoryByteCount = memoryByteCount
    self.seconds = seconds
    self.executablePath = executablePath
  }
}
