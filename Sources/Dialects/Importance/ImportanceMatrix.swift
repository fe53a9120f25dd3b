public import Tensors

/// How much each column of a model's matrices matters: the mean square of the activations that met
/// it while the model read a calibration text.
///
/// The numbers are those that llama-quantize computes from the same file (`load_imatrix` in
/// `tools/quantize/quantize.cpp`), in F32: Σx² divided by the count of each expert. An expert that
/// the text never reached has the weight 1 in every column. The files are llama.cpp's: a GGUF file
/// or the older format without a name, `.dat`.
public struct ImportanceMatrix: Sendable {
  /// Which entries of a file count.
  public struct Selection: Sendable {
    /// Only entries that one of these patterns finds, if there are any; as written.
    public var include: [String]
    /// No entry that one of these patterns finds; as written.
    public var exclude: [String]
    /// Whether an entry with this tensor name counts.
    public var contains: @Sendable (String) -> Bool

    /// Creates a selection; the default takes every entry. `contains` means what the patterns say.
    public init(
      include: [String] = [], exclude: [String] = [],
      contains: @escaping @Sendable (String) -> Bool = { _ in true }
    ) {
      self.include = include
      self.exclude = exclude
      self.contains = contains
    }
  }

  /// An expert that the calibration text never reached.
  public struct UnseenExpert: Sendable, Equatable {
    /// The tensor's name.
    public var tensor: String
    /// The expert's number, from 0.
    public var expert: Int
  }

  /// The file's name, without folders.
  public let name: String
  /// SHA-256 of the file.
  public let sha256: Digest
  /// Which entries were taken.
  public let selection: Selection
  /// Chunks of the calibration text; nil if the file does not say.
  public internal(set) var chunkCount: Int?
  /// The names of the calibration texts, without folders: a path says more than anybody wants known.
  public internal(set) var datasets: [String] = []
  /// Experts whose weights are 1 because nothing is known of them, by tensor name, then number.
  public internal(set) var unseenExperts: [UnseenExpert] = []
  private var entries: [String: [Float]] = [:]

  /// Bytes of weights that are held at most, whatever a file has.
  public static let byteLimit = 4 << 30

  init(name: String, sha256: Digest, selection: Selection) {
    self.name = ImportanceMatrix.baseName(name)
    self.sha256 = sha256
    self.selection = selection
  }

  /// Tensors with weights.
  public var entryCount: Int { entries.count }
  /// Bytes in memory: weights, and names with what the table of them takes.
  public private(set) var byteCount = 0

  /// What an entry takes besides name and weights, generously.
  private static let entryByteCount = 192
  /// What is kept of one count, if its expert was never reached; and the count itself meanwhile.
  static let countByteCount = 32

  /// The weights of a tensor's columns, one row length for each expert, the first expert first; nil
  /// if there is no entry. Each is finite and at least 0.
  public func weights(for tensorName: String) -> [Float]? { entries[tensorName] }

  /// The weights of a tensor with this name and shape; nil if there is no entry.
  ///
  /// Experts are all extents but the last two. A token embedding whose entry has another size counts
  /// as one without an entry, because it is looked up and not multiplied, so that old files have
  /// nonsense there; llama-quantize does the same. Throws `invalidArgument` (`importance-size`)
  /// for any other tensor whose entry has another size: the file is another model's.
  public func weights(for tensorName: String, shape: Shape) throws(ModelError) -> [Float]? {
    guard let weights = entries[tensorName] else { return nil }
    let expertCount = shape.dimensions.dropLast(2).reduce(1, *)
    // Neither number can overflow: both divide the element count of a shape, or are 0.
    let expected = shape.elementCount == 0 ? 0 : shape.rowElementCount * expertCount
    if weights.count == expected { return weights }
    if Dialect.llamaCpp.meaning(of: tensorName).role == .tokenEmbedding { return nil }
    throw ModelError(
      .invalidArgument, "importance-size",
      "the importance matrix has \(weights.count) weights; a tensor of shape \(shape) takes "
        + "\(expected), \(shape.rowElementCount) for each of \(expertCount) experts",
      file: name, tensor: tensorName)
  }

  /// Adds the entry of `tensor`; `weights` are checked. Throws `malformed` (`importance-value`) for
  /// one that is negative or not finite, `duplicate-tensor`.
  mutating func add(_ weights: [Float], for tensor: String) throws(ModelError) {
    if let index = weights.firstIndex(where: { !($0.isFinite && $0 >= 0) }) {
      throw ModelError(
        .malformed, "importance-value",
        "weight \(index) is \(weights[index]); weights are finite and at least 0", tensor: tensor)
    }
    guard entries.updateValue(weights, forKey: tensor) == nil else {
      throw ModelError(.malformed, "duplicate-tensor", "the tensor has two entries", tensor: tensor)
    }
    byteCount += ImportanceMatrix.byteCount(ofWeights: weights.count, for: tensor)
  }

  /// Bytes of one entry. The file has four bytes for each weight, so nothing overflows.
  static func byteCount(ofWeights count: Int, for tensor: String) -> Int {
    count * 4 + tensor.utf8.count + entryByteCount
  }

  /// Throws `limitExceeded` if a matrix of `byteCount` bytes is too large to hold: `memory-limit`
  /// above `memoryLimit`, `importance-too-large` above the limit for all.
  static func checkRoom(for byteCount: Int, memoryLimit: Int?) throws(ModelError) {
    if let memoryLimit, byteCount > memoryLimit {
      throw ModelError(
        .limitExceeded, "memory-limit",
        "the importance matrix takes \(byteCount) bytes; --max-memory leaves \(memoryLimit) for it")
    }
    guard byteCount <= byteLimit else {
      throw ModelError(
        .limitExceeded, "importance-too-large",
        "the weights take \(byteCount) bytes, more than \(byteLimit)")
    }
  }

  /// Throws `malformed` (`importance-empty`) if a file without any entry was read.
  func checkHolds(_ fileEntryCount: Int) throws(ModelError) {
    guard fileEntryCount > 0 else {
      throw ModelError(.malformed, "importance-empty", "the importance matrix has no entry")
    }
  }

  /// `path` without its folders, as either kind of system writes them.
  static func baseName(_ path: String) -> String {
    path.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? path
  }
}
