public import Tensors

extension ImportanceMatrix {
  private static let sumEnding = ".in_sum2"
  private static let countEnding = ".counts"

  /// Reads the matrix from a GGUF file that llama-imatrix wrote.
  ///
  /// For each tensor the file has `<tensor>.in_sum2`, F32 of the row length for each expert, and
  /// `<tensor>.counts`, F32 with one number for each expert; other tensors are not read. Counts are
  /// rounded to whole numbers, halves away from zero, as the reference does.
  ///
  /// Throws `invalidArgument` (`not-an-importance-matrix`) if `general.type` is not `imatrix`;
  /// `malformed`: `importance-metadata` without `imatrix.datasets`, `imatrix.chunk_count` and
  /// `imatrix.chunk_size`, `importance-pair` for sums without counts or the reverse,
  /// `importance-type` for other numbers than F32, `importance-shape` for sums that are not the same
  /// number for each count, `importance-count`, `importance-value`, `importance-empty`;
  /// `limitExceeded` (`memory-limit`, `importance-too-large`) before any weight is read; `io`.
  ///
  /// - Parameters:
  ///   - checkpoint: The opened file.
  ///   - name: The file's name; folders are dropped.
  ///   - sha256: The file's digest.
  ///   - selection: Which entries count; the others are not read.
  ///   - memoryLimit: Bytes that the matrix may take in memory; nil for `byteLimit` alone.
  public init(
    _ checkpoint: Checkpoint, name: String, sha256: Digest, selection: Selection = Selection(),
    memoryLimit: Int? = nil
  ) throws(ModelError) {
    self.init(name: name, sha256: sha256, selection: selection)
    do throws(ModelError) {
      try read(checkpoint, memoryLimit: memoryLimit)
    } catch {
      throw error.at(file: name)
    }
  }

  private mutating func read(_ checkpoint: Checkpoint, memoryLimit: Int?) throws(ModelError) {
    let metadata = checkpoint.metadata
    guard metadata["general.type"]?.string == "imatrix" else {
      throw ModelError(
        .invalidArgument, "not-an-importance-matrix",
        "the file's `general.type` is not `imatrix`; llama-imatrix writes such files")
    }
    guard case .array(.string(let datasets)) = metadata["imatrix.datasets"],
      let chunks = metadata["imatrix.chunk_count"]?.integer, chunks >= 0,
      metadata["imatrix.chunk_size"]?.integer != nil
    else {
      throw ModelError(
        .malformed, "importance-metadata",
        "`imatrix.datasets`, `imatrix.chunk_count` or `imatrix.chunk_size` is missing or of "
          + "another type")
    }
    self.datasets = datasets.map(ImportanceMatrix.baseName)
    chunkCount = chunks

    var pairs: [String: (sums: TensorInfo?, counts: TensorInfo?)] = [:]
    for tensor in checkpoint.tensors {
      if let owner = ImportanceMatrix.owner(of: tensor.name, ending: ImportanceMatrix.sumEnding) {
        pairs[owner, default: (nil, nil)].sums = tensor
      } else if let owner = ImportanceMatrix.owner(
        of: tensor.name, ending: ImportanceMatrix.countEnding)
      {
        pairs[owner, default: (nil, nil)].counts = tensor
      }
    }
    try checkHolds(pairs.count)
    var selected: [(owner: String, sums: TensorInfo, counts: TensorInfo)] = []
    var needed = 0
    for (owner, pair) in pairs.sorted(by: { $0.key < $1.key }) where selection.contains(owner) {
      guard let sums = pair.sums, let counts = pair.counts else {
        throw ModelError(
          .malformed, "importance-pair", "sums and counts do not come in pairs", tensor: owner)
      }
      selected.append((owner, sums, counts))
      needed = try Checked.sum(
        needed, ImportanceMatrix.byteCount(ofWeights: sums.shape.elementCount, for: owner))
      needed = try Checked.sum(
        needed,
        try Checked.product(counts.shape.elementCount, ImportanceMatrix.countByteCount))
    }
    try ImportanceMatrix.checkRoom(for: needed, memoryLimit: memoryLimit)
    for (owner, sums, counts) in selected {
      var means = try ImportanceMatrix.floats(checkpoint, sums)
      try divide(&means, by: try ImportanceMatrix.floats(checkpoint, counts), for: owner)
      try add(means, for: owner)
    }
  }

  /// Turns the sums of `owner` into means where they are: a copy would be memory nobody counted.
  private mutating func divide(_ sums: inout [Float], by counts: [Float], for owner: String)
    throws(ModelError)
  {
    guard !counts.isEmpty, !sums.isEmpty, sums.count % counts.count == 0 else {
      throw ModelError(
        .malformed, "importance-shape",
        "\(sums.count) sums are not as many for each of \(counts.count) counts", tensor: owner)
    }
    let rowLength = sums.count / counts.count
    for (expert, count) in counts.enumerated() {
      let rounded = count.rounded(.toNearestOrAwayFromZero)
      guard rounded.isFinite, rounded >= 0 else {
        throw ModelError(
          .malformed, "importance-count", "the count of expert \(expert) is \(count)",
          tensor: owner)
      }
      if rounded == 0 { unseenExperts.append(UnseenExpert(tensor: owner, expert: expert)) }
      for index in (expert * rowLength)..<((expert + 1) * rowLength) {
        sums[index] = rounded == 0 ? 1 : sums[index] / rounded
      }
    }
  }

  /// `name` without `ending`; nil if it does not end so, or is nothing else.
  private static func owner(of name: String, ending: String) -> String? {
    guard name.utf8.count > ending.utf8.count, name.hasSuffix(ending) else { return nil }
    return String(name.dropLast(ending.count))
  }

  /// A whole tensor. Its extent was checked against the file, so the memory is no more than that.
  private static func floats(_ checkpoint: Checkpoint, _ tensor: TensorInfo) throws(ModelError)
    -> [Float]
  {
    guard tensor.elementType == .F32 else {
      throw ModelError(
        .malformed, "importance-type", "\(tensor.elementType.rawValue) instead of F32",
        tensor: tensor.name)
    }
    var values = [Float](repeating: 0, count: tensor.shape.elementCount)
    var failure: ModelError?
    values.withUnsafeMutableBytes { bytes in
      do throws(ModelError) {
        try checkpoint.read(tensor, offset: 0, into: bytes)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return values
  }
}
