internal import ArgumentParser
internal import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  /// Tables and sentences.
  case human
  /// One JSON object a line.
  case json
  /// One identifier a line, or nothing.
  case quiet
}

/// Data goes to stdout, talk to stderr.
enum Terminal {
  /// Prints one line of data. A reader that has gone away has what it wanted: the rest is dropped,
  /// and the command ends with the status of its own work.
  static func print(_ line: String) {
    write(line + "\n", to: STDOUT_FILENO)
  }

  /// Prints one JSON object on a line.
  static func print(_ json: JSONValue) { print(json.compactText) }

  /// Prints a text that came from a file: exactly, unless stdout is a terminal, which gets a line end
  /// and no other controls than those of lines.
  static func printText(_ text: String) {
    guard isatty(STDOUT_FILENO) == 1 else { return write(text, to: STDOUT_FILENO) }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    print(lines.map { escapingControls(String($0)) }.joined(separator: "\n"))
  }

  /// Says one line to the user.
  static func say(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

  /// Says text without a line end, for progress.
  static func show(_ text: String) { write(text, to: STDERR_FILENO) }

  /// Explains an error and the errors behind it.
  static func report(_ error: ModelError) {
    say("ingot: error: \(error)")
    var cause = error.cause
    while let next = cause {
      say("  because: \(next)")
      cause = (next as? ModelError)?.cause
    }
  }

  /// Whether stderr is a terminal on which a progress bar may move.
  static var showsProgress: Bool {
    isatty(STDERR_FILENO) == 1 && !isTrue("HF_HUB_DISABLE_PROGRESS_BARS")
      && environment("TERM") != "dumb"
  }

  /// The value of an environment variable.
  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// The whole environment.
  static var environment: [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let pair = entry.pointee {
      let text = String(cString: pair)
      if let equals = text.firstIndex(of: "=") {
        result[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      entry += 1
    }
    return result
  }

  private static func isTrue(_ name: String) -> Bool {
    ["1", "ON", "YES", "TRUE"].contains((environment(name) ?? "").uppercased())
  }

  private static func write(_ text: String, to descriptor: Int32) {
    let bytes = Array(text.utf8)
    bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        #if canImport(Glibc)
          let count = Glibc.write(descriptor, buffer.baseAddress! + done, buffer.count - done)
        #elseif canImport(Musl)
          let count = Musl.write(descriptor, buffer.baseAddress! + done, buffer.count - done)
        #else
          let count = Darwin.write(descriptor, buffer.baseAddress! + done, buffer.count - done)
        #endif
        if count >= 0 {
          done += count
        } else if errno == EPIPE, descriptor == STDOUT_FILENO {
          return
        } else if errno != EINTR {
          // stderr is gone or stdout's disk is full: the latter must not look like success.
          if descriptor == STDOUT_FILENO { ExitStatus.io.exit() }
          return
        }
      }
    }
  }
}
