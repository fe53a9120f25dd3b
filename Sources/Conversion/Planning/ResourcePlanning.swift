internal import Digests
internal import Tensors

/// Elements in one leaf, the smallest piece of work.
let leafElementCount = TensorDigest.leafElementCount

extension ConversionOptions {
  /// Bytes that an importance matrix may take at most; nil for no bound of the user's. A plan has
  /// the last word, because it knows what else is needed.
  public var importanceByteLimit: Int? {
    maximumMemory.map { max(0, $0 - Plan.Resources.programByteCount) }
  }
}

extension Plan.Resources {
  /// What the program needs before the first buffer: code, tables, the checkpoint's index.
  static let programByteCount = 48 << 20
  /// Scratch of one worker, in bytes: two leaves of numbers where values are replaced, and what
  /// the allocator keeps.
  private static let scratchByteCount = 3 << 20
  /// What a worker needs besides where weights or factors decide: a leaf of numbers to encode and one
  /// to look beyond its end, and the bytes that one is decoded from.
  private static let weightingByteCount = 4 << 20
  /// What is known of one leaf: its unit, its record, and the same from a journal.
  private static let leafByteCount = 512

  /// The largest units and most buffers that fit the memory allowed.
  ///
  /// Units shrink first (4, 2, 1 leaves), then buffers, then threads. Throws `limitExceeded`
  /// (`memory-limit`) if one thread with the smallest unit does not fit. The bytes of the output
  /// depend on none of these.
  static func fitting(
    _ tensors: [PlannedTensor], segmentByteCount: Int, importanceByteCount: Int = 0,
    options: ConversionOptions
  ) throws(ModelError) -> Plan.Resources {
    let sourceLeaf = tensors.map { leafByteCount($0.source.elementType, $0) }.max() ?? 0
    let outputLeaf = tensors.map { leafByteCount($0.elementType, $0) }.max() ?? 0
    // The index of names and shapes, once in the source and once in the plan.
    let leafCount = tensors.reduce(0) { $0 + $1.leafCount }
    let fixed =
      programByteCount + 3 * segmentByteCount + 2048 * tensors.count + leafByteCount * leafCount
      + importanceByteCount
    let looksAround = tensors.contains {
      $0.importance == .weighted || $0.elementType == .NVFP4 && $0.outcome == .requantized
    }
    let scratch = scratchByteCount + (looksAround ? weightingByteCount : 0)
    func need(threads: Int, leaves: Int, buffers: Int) -> Int {
      fixed + threads * (leaves * sourceLeaf + scratch) + buffers * leaves * outputLeaf
    }
    let limit = options.maximumMemory ?? Int.max
    let disk = tensors.reduce(0) { $0 + $1.byteCount } + segmentByteCount
    for threads in stride(from: max(1, options.threadCount), through: 1, by: -1) {
      for leaves in [4, 2, 1] {
        for buffers in [2 * threads + 2, threads + 1] {
          let bytes = need(threads: threads, leaves: leaves, buffers: buffers)
          if bytes <= limit {
            return Plan.Resources(
              threadCount: threads, leavesPerUnit: leaves, bufferCount: buffers,
              memoryByteCount: bytes, diskByteCount: disk)
          }
        }
      }
    }
    throw ModelError(
      .limitExceeded, "memory-limit",
      "\(need(threads: 1, leaves: 1, buffers: 2)) bytes are needed at least; "
        + "\(limit) are allowed by --max-memory")
  }

  /// Threads that measure types, each with buffers of `bufferByteCount`.
  ///
  /// Throws `limitExceeded` (`memory-limit`) if there is no room for one.
  static func measuringThreadCount(
    bufferByteCount: Int, tensorCount: Int, importanceByteCount: Int, options: ConversionOptions
  ) throws(ModelError) -> Int {
    guard let limit = options.maximumMemory, bufferByteCount > 0 else { return options.threadCount }
    // Names, candidates and recipes that name every tensor, of which two may be there at a time.
    let fixed = programByteCount + 8192 * tensorCount + importanceByteCount
    guard fixed + bufferByteCount <= limit else {
      throw ModelError(
        .limitExceeded, "memory-limit",
        "\(fixed + bufferByteCount) bytes are needed at least to measure types; \(limit) are allowed "
          + "by --max-memory")
    }
    return min(options.threadCount, (limit - fixed) / bufferByteCount)
  }

  private static func leafByteCount(_ type: ElementType, _ tensor: PlannedTensor) -> Int {
    let elements = min(leafElementCount, tensor.shape.elementCount)
    return (elements + type.blockElementCount - 1) / type.blockElementCount * type.blockByteCount
  }
}
