import Glibc
import Testing

/// The program as built beside the test bundle, run as a process of its own.
struct Program {
  /// What a process left.
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  /// A process that runs.
  struct Running {
    var pid: pid_t
    fileprivate var folder: TemporaryFolder

    /// Waits for the end. A signal that ended the process counts as a negative status.
    func wait() throws -> Outcome {
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0 { try #require(errno == EINTR) }
      let signal = status & 0x7F
      return Outcome(
        status: signal == 0 ? (status >> 8) & 0xFF : -signal,
        output: String(decoding: try readFile(folder.path + "/stdout"), as: UTF8.self),
        errors: String(decoding: try readFile(folder.path + "/stderr"), as: UTF8.self))
    }
  }

  /// Where SwiftPM put the products.
  static var folder: String {
    get throws {
      let real = try #require(realpath("/proc/self/exe", nil))
      defer { free(real) }
      let path = String(cString: real)
      return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }
  }

  static var path: String { get throws { try folder + "/ingot" } }

  /// Starts `ingot` with these arguments.
  static func start(_ arguments: [String], environment: [String: String] = [:]) throws -> Running {
    try spawn([try path] + arguments, environment)
  }

  /// Runs `ingot` with these arguments to its end.
  static func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
    try start(arguments, environment: environment).wait()
  }

  /// Runs a script in which `$INGOT` is the program.
  static func shell(_ script: String, environment: [String: String] = [:]) throws -> Outcome {
    try spawn(
      ["/bin/sh", "-c", script], environment.merging(["INGOT": try path]) { first, _ in first }
    ).wait()
  }

  private static func spawn(_ words: [String], _ environment: [String: String]) throws -> Running {
    let folder = try TemporaryFolder()
    var variables = [
      "PATH": "/usr/bin:/bin", "HOME": folder.path, "INGOT_PLUGIN_PATH": try Program.folder,
    ]
    for (name, value) in environment { variables[name] = value }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let mode = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, folder.path + "/stdout", mode, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, folder.path + "/stderr", mode, 0o600)
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] =
      variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in arguments + settings { free(text) } }
    // The threads that run tests block signals, and a child would inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var pid = pid_t()
    let status = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &settings)
    try #require(status == 0, "\(words[0]) could not be started: error \(status)")
    return Running(pid: pid, folder: folder)
  }
}
