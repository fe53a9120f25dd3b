internal import Tensors

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Where plugins are looked for, in order. The first plugin of an id wins.
public struct PluginSearchPath: Sendable, Equatable {
  /// Why a folder is searched.
  public enum Origin: String, Sendable, Equatable {
    /// `--plugin-path`.
    case option
    /// `INGOT_PLUGIN_PATH`.
    case environment
    /// The folder of the program, or `../lib/ingot` from there.
    case executable
    /// `$XDG_DATA_HOME/ingot/plugins`, or `~/.local/share/ingot/plugins`.
    case userData
  }

  /// One folder.
  public struct Folder: Sendable, Equatable {
    /// The path as given.
    public var path: String
    /// Why it is searched.
    public var origin: Origin

    /// Creates a folder.
    public init(path: String, origin: Origin) {
      self.path = path
      self.origin = origin
    }

    /// Whether someone named this folder, so that its absence is worth a word.
    var isNamed: Bool { origin == .option || origin == .environment }
  }

  /// The folders, in search order.
  public var folders: [Folder]

  /// Creates a search path.
  public init(folders: [Folder]) { self.folders = folders }

  /// The folders of `options` (each a `--plugin-path`), of `INGOT_PLUGIN_PATH` (separated by
  /// colons; ignored in a set-user-ID program), beside the running program, and of the user.
  public static func standard(options: [String] = []) -> PluginSearchPath {
    standard(options: options, environment: environment)
  }

  /// The same with another environment.
  static func standard(options: [String], environment: (String) -> String?) -> PluginSearchPath {
    var folders = options.map { Folder(path: $0, origin: .option) }
    if let list = environment("INGOT_PLUGIN_PATH") {
      folders += list.split(separator: ":").map { Folder(path: String($0), origin: .environment) }
    }
    if let own = ProgramFolder.path {
      folders.append(Folder(path: own, origin: .executable))
      folders.append(Folder(path: own + "/../lib/ingot", origin: .executable))
    }
    // The XDG specification: a relative path is to be ignored.
    if let data = environment("XDG_DATA_HOME"), data.hasPrefix("/") {
      folders.append(Folder(path: data + "/ingot/plugins", origin: .userData))
    } else if let home = environment("HOME"), home.hasPrefix("/") {
      folders.append(Folder(path: home + "/.local/share/ingot/plugins", origin: .userData))
    }
    return PluginSearchPath(folders: folders)
  }

  /// A set and not empty variable of the environment. Where the program has more rights than its
  /// caller, the caller's environment must not choose the code it runs.
  private static func environment(_ name: String) -> String? {
    guard geteuid() == getuid(), getegid() == getgid(), let value = getenv(name) else {
      return nil
    }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }
}

/// The folder of the running program: plugins and `ingot-isolate` are installed beside it.
enum ProgramFolder {
  /// The folder, links resolved; nil if the system does not tell.
  static var path: String? {
    #if canImport(Darwin)
      guard let name = CommandLine.arguments.first, let real = realpath(name, nil) else {
        return nil
      }
    #else
      guard let real = realpath("/proc/self/exe", nil) else { return nil }
    #endif
    defer { free(real) }
    return folder(of: String(cString: real))
  }

  /// The part of `path` before its last slash; `.` without one.
  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
