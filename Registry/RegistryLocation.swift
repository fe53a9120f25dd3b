public import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where the registry is: the folder that huggingface_hub uses as its cache, unless told otherwise.
public struct RegistryLocation: Sendable, Equatable {
  /// What decided.
  public enum Origin: String, Sendable, CaseIterable {
    /// The caller.
    case explicit
    /// The environment variable.
    case hubCache = "HF_HUB_CACHE"
    /// The environment variable: the old name of `HF_HUB_CACHE`.
    case oldHubCache = "HUGGINGFACE_HUB_CACHE"
    /// The environment variable, with `/hub`.
    case hfHome = "HF_HOME"
    /// The environment variable, with `/huggingface/hub`.
    case xdgCacheHome = "XDG_CACHE_HOME"
    /// `~/.cache/huggingface/hub`.
    case home
  }

  /// The folder; it need not exist.
  public let path: String
  /// What decided.
  public let origin: Origin

  /// The first that is set of: `explicit`, `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE`, `HF_HOME` +
  /// `/hub`, `XDG_CACHE_HOME` + `/huggingface/hub`, `~/.cache/huggingface/hub`. A variable that is
  /// empty counts as not set. In variables `~`, `$NAME` and `${NAME}` are replaced, as
  /// huggingface_hub 2.4.0 does (`constants.py`); in `explicit` the shell has done so.
  ///
  /// Throws `invalidArgument` (`registry-path-invalid`) if `explicit` is empty or a path has a NUL,
  /// `notFound` (`no-home-folder`) if a home folder is needed and there is none.
  public static func resolve(
    explicit: String?, environment: [String: String]
  ) throws(ModelError) -> RegistryLocation {
    if let explicit { return try RegistryLocation(explicit, .explicit) }
    let variables: [(Origin, suffix: String)] = [
      (.hubCache, ""), (.oldHubCache, ""), (.hfHome, "/hub"), (.xdgCacheHome, "/huggingface/hub"),
    ]
    for (origin, suffix) in variables {
      guard let value = environment[origin.rawValue], !value.isEmpty else { continue }
      return try RegistryLocation(expand(value, environment) + suffix, origin)
    }
    return try RegistryLocation(home(environment) + "/.cache/huggingface/hub", .home)
  }

  private init(_ path: String, _ origin: Origin) throws(ModelError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw ModelError(
        .invalidArgument, "registry-path-invalid", "the registry's path is empty or has a NUL")
    }
    self.path = path
    self.origin = origin
  }

  private static func expand(
    _ value: String, _ environment: [String: String]
  ) throws(ModelError) -> String {
    var rest = value[...]
    var result = ""
    if rest == "~" || rest.hasPrefix("~/") {
      result = try home(environment)
      rest = rest.dropFirst()
    }
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      let isBraced = rest.hasPrefix("{")
      let name: Substring
      let after: Substring
      if isBraced, let end = rest.firstIndex(of: "}") {
        name = rest[rest.index(after: rest.startIndex)..<end]
        after = rest[rest.index(after: end)...]
      } else {
        name = rest.prefix { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
        after = rest[name.endIndex...]
      }
      if let value = environment[String(name)] {
        result += value
        rest = after
      } else {
        // An unknown variable stays as it is written, as in Python.
        result += "$"
      }
    }
    return result + rest
  }

  private static func home(_ environment: [String: String]) throws(ModelError) -> String {
    if let home = environment["HOME"], !home.isEmpty { return home }
    guard let record = getpwuid(geteuid()), let home = record.pointee.pw_dir else {
      throw ModelError(
        .notFound, "no-home-folder", "HOME is not set; name the registry with --registry")
    }
    return String(cString: home)
  }
}
