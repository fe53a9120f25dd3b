internal import Digests
internal import Encodings
internal import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The finished leaves of a conversion, one line each, so that a killed run goes on where it was.
///
/// The first line names the job: another job's journal is not continued. Every line ends with the
/// first 16 digits of its SHA-256, so a torn last line is found. A record proves nothing by itself:
/// power may fail after the journal reached the disk and before the data did, so a run that goes on
/// reads the output's bytes again and compares them with the record.
final class Journal: Sendable {
  /// The leaves that an earlier run of the same job finished.
  let finished: [LeafKey: LeafRecord]
  /// Whether an earlier run of the same job left this journal.
  let isContinued: Bool
  private let descriptor: Int32
  private let path: String

  /// Opens or creates the journal of `job`, and takes it for this process alone. Without `resumes`
  /// what an earlier run wrote is dropped.
  ///
  /// Throws `conflict` (`conversion-running`) if another process has it, or has just ended with it.
  init(path: String, job: Digest, resumes: Bool) throws(ModelError) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw ModelError.system("cannot open the journal", path) }
    // Two jobs that write one output at a time would mix their bytes, so without a lock none runs.
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      let error =
        errno == EWOULDBLOCK
        ? ModelError(
          .conflict, "conversion-running", "another process is writing this output", file: path)
        : ModelError.system("cannot lock the journal; choose a filesystem with locks", path)
      close(descriptor)
      throw error
    }
    // The one who had the lock removes the journal at its end; a lock on what is removed is worth
    // nothing, because the next process locks another file.
    guard Journal.isStill(descriptor, path) else {
      close(descriptor)
      throw ModelError(
        .conflict, "conversion-running", "another process has just finished this output",
        file: path)
    }
    let lines = resumes ? Journal.wholeLines(descriptor) : []
    let header = Journal.header(job)
    isContinued = lines.first == header
    var records: [LeafKey: LeafRecord] = [:]
    if isContinued {
      for line in lines.dropFirst() {
        if let (key, record) = Journal.parse(line) { records[key] = record }
      }
    }
    finished = records
    // Only whole lines stay: what follows the last newline is from a torn write.
    let kept = isContinued ? lines.reduce(0) { $0 + $1.utf8.count + 1 } : 0
    guard ftruncate(descriptor, off_t(kept)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
      throw ModelError.system("cannot continue the journal", path)
    }
    if !isContinued { try append(header) }
  }

  /// Notes durably that everything is made and that `manifest` describes it: from here on only
  /// names change.
  func seal(_ manifest: Digest) throws(ModelError) {
    try append(Journal.signed("\(Journal.sealWord) \(manifest.hex)"))
    guard fsync(descriptor) == 0 else { throw ModelError.system("cannot make durable", path) }
  }

  /// The digest that the journal at `path` was sealed with, by a run of `job` if one is given; nil
  /// if there is no journal, it is another job's, or it is not sealed.
  static func seal(at path: String, job: Digest?) -> Digest? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // Both lines are short; what lies between may be long and is of no interest here.
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    let head = part(of: descriptor, at: 0)
    let tail = part(of: descriptor, at: max(0, Int(status.st_size) - partByteCount))
    guard head.contains(UInt8(ascii: "\n")), tail.last == UInt8(ascii: "\n") else { return nil }
    let first = String(decoding: head.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    if let job, first != header(job) { return nil }
    guard let line = tail.split(separator: UInt8(ascii: "\n")).last else { return nil }
    let last = String(decoding: line, as: UTF8.self)
    let fields = last.split(separator: " ")
    guard isSigned(first), isSigned(last), fields.count == 3, fields[0] == sealWord
    else { return nil }
    return Digest(hex: String(fields[1]))
  }

  /// Longer than a header or a seal.
  private static let partByteCount = 256

  private static func part(of descriptor: Int32, at offset: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: partByteCount)
    let count = bytes.withUnsafeMutableBytes {
      pread(descriptor, $0.baseAddress, $0.count, off_t(offset))
    }
    return Array(bytes.prefix(max(0, count)))
  }

  private static let sealWord = "sealed"

  private static func header(_ job: Digest) -> String { signed("ingot-journal 2 \(job.hex)") }

  private static func isStill(_ descriptor: Int32, _ path: String) -> Bool {
    var own = stat()
    var named = stat()
    return fstat(descriptor, &own) == 0 && lstat(path, &named) == 0 && own.st_ino == named.st_ino
      && own.st_dev == named.st_dev
  }

  deinit { close(descriptor) }

  /// Adds the records of one unit in one write. Safe to call from several threads: the descriptor
  /// appends at its own position, and lines carry their own check.
  func add(_ records: [(LeafKey, LeafRecord)]) throws(ModelError) {
    try append(records.map { Journal.signed(Journal.line($0.0, $0.1)) }.joined(separator: "\n"))
  }

  private func append(_ text: String) throws(ModelError) {
    let bytes = Array((text + "\n").utf8)
    let count = bytes.withUnsafeBytes { Self.writeAll(descriptor, $0) }
    guard count == bytes.count else { throw ModelError.system("cannot write the journal", path) }
  }

  private static func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    var done = 0
    while done < bytes.count {
      let count = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if count >= 0 { done += count } else if errno != EINTR { return done }
    }
    return done
  }

  /// The lines up to the last newline whose check holds; the first broken one ends them.
  private static func wholeLines(_ descriptor: Int32) -> [String] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = chunk.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress, $0.count, off_t(bytes.count))
      }
      if count <= 0 { break }
      bytes += chunk[..<count]
    }
    var lines: [String] = []
    var rest = bytes[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      guard let line = String(validating: rest[..<end], as: UTF8.self), isSigned(line) else {
        break
      }
      lines.append(line)
      rest = rest[(end + 1)...]
    }
    return lines
  }

  private static func signed(_ text: String) -> String {
    text + " " + SHA256.digest(of: Array(text.utf8)).hex.prefix(16)
  }

  private static func isSigned(_ line: String) -> Bool {
    guard let space = line.lastIndex(of: " ") else { return false }
    return signed(String(line[..<space])) == line
  }

  private static func line(_ key: LeafKey, _ record: LeafRecord) -> String {
    var fields = [
      String(key.fileIndex), String(key.tensorIndex), String(key.leaf), record.source.hex,
      record.output.hex,
    ]
    if let loss = record.loss { fields += LossFields.written(loss) }
    return fields.joined(separator: " ")
  }

  private static func parse(_ line: String) -> (LeafKey, LeafRecord)? {
    let fields = line.split(separator: " ").map(String.init)
    guard fields.count >= 6, let file = Int(fields[0]),
      let tensor = Int(fields[1]), let leaf = Int(fields[2]), let source = Digest(hex: fields[3]),
      let output = Digest(hex: fields[4])
    else { return nil }
    var loss: EncodingLoss?
    if fields.count > 6 {
      guard let read = LossFields.read(fields[5..<fields.count - 1]) else { return nil }
      loss = read
    }
    return (
      LeafKey(fileIndex: file, tensorIndex: tensor, leaf: leaf),
      LeafRecord(source: source, output: output, loss: loss)
    )
  }
}
