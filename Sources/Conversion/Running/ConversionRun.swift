internal import Digests
internal import Encodings
internal import Tensors

/// The parallel part of a conversion: units, threads, ordered hashes.
final class ConversionRun: Sendable {
  struct Results: Sendable {
    var files: [Manifest.File]
    var resumedLeafCount: Int
  }

  private struct Progress {
    var records: [LeafKey: LeafRecord] = [:]
    var doneByteCount = 0
    var resumedLeafCount = 0
  }

  private let conversion: Converter
  private let outputs: [OutputFile]
  private let journal: Journal
  private let units: [Unit]
  private let queue: UnitQueue
  private let hashes: [OrderedFileHash]
  private let progress = Monitor(Progress())
  private let sourceBufferByteCount: Int
  private let factors: TensorFactors

  private var plan: Plan { conversion.plan }

  init(_ conversion: Converter, outputs: [OutputFile], journal: Journal) {
    self.conversion = conversion
    self.outputs = outputs
    self.journal = journal
    factors = TensorFactors(conversion.checkpoint)
    let plan = conversion.plan
    let units = Unit.all(of: plan)
    self.units = units
    let extents = units.map { UnitExtent($0, of: plan.files[$0.fileIndex].tensors[$0.tensorIndex]) }
    sourceBufferByteCount = extents.map(\.sourceByteCount).max() ?? 0
    let outputByteCount = extents.map(\.outputByteCount).max() ?? 0
    let queue = UnitQueue(
      count: units.count,
      buffers: (0..<plan.resources.bufferCount).map { _ in ByteBuffer(byteCount: outputByteCount) })
    self.queue = queue
    hashes = plan.files.indices.map { fileIndex in
      let file = plan.files[fileIndex]
      let parts = units.indices.filter { units[$0].fileIndex == fileIndex }.map { sequence in
        (
          sequence: sequence,
          offset: file.tensors[units[sequence].tensorIndex].offset + extents[sequence].outputOffset
        )
      }
      return OrderedFileHash(segments: file.segments, units: parts) { queue.recycle($0) }
    }
  }

  /// Does all units and returns what the manifest needs.
  func finish() throws(ModelError) -> Results {
    onThreads(plan.resources.threadCount) { _ in
      let worker = UnitWorker(
        self.conversion.checkpoint, nonfinite: self.plan.job.nonfinite,
        importance: self.plan.importance, factors: self.factors,
        sourceByteCount: self.sourceBufferByteCount)
      while let (sequence, buffer) = self.queue.take() {
        do throws(ModelError) {
          try self.perform(sequence, worker, buffer)
        } catch {
          self.queue.fail(sequence, error)
        }
      }
    }
    if let failure = queue.failure { throw failure }
    return try results()
  }

  private func perform(_ sequence: Int, _ worker: UnitWorker, _ buffer: ByteBuffer)
    throws(ModelError)
  {
    if conversion.events.isCancelled() {
      throw ModelError(
        .cancelled, "interrupted", "the conversion was interrupted; run it again to go on")
    }
    let unit = units[sequence]
    let tensor = plan.files[unit.fileIndex].tensors[unit.tensorIndex]
    let extent = UnitExtent(unit, of: tensor)
    let output = outputs[unit.fileIndex]
    let offset = tensor.offset + extent.outputOffset

    let hash = hashes[unit.fileIndex]
    let records: [LeafRecord]
    let resumed = try resumed(unit, tensor, extent, output, buffer)
    if let resumed {
      hash.deliver(sequence: sequence, buffer: buffer, byteCount: extent.outputByteCount)
      records = resumed
    } else {
      let bytes = buffer.prefix(extent.outputByteCount)
      let made = try worker.make(tensor, extent, into: bytes)
      try output.write(UnsafeRawBufferPointer(bytes), at: offset)
      let leaves = hash.deliver(
        sequence: sequence, buffer: buffer, byteCount: extent.outputByteCount,
        leavesOf: tensor.elementType)
      records = zip(made, leaves).map { $0.record(output: $1) }
      try journal.add(records.enumerated().map { index, record in (key(unit, index), record) })
      conversion.events.onStep(.unitWritten)
    }
    let done = progress.withLock { progress in
      for (index, record) in records.enumerated() { progress.records[key(unit, index)] = record }
      progress.doneByteCount += extent.sourceByteCount
      if resumed != nil { progress.resumedLeafCount += records.count }
      return progress.doneByteCount
    }
    conversion.events.onProgress(done, plan.sourceByteCount)
  }

  private func key(_ unit: Unit, _ index: Int) -> LeafKey {
    LeafKey(fileIndex: unit.fileIndex, tensorIndex: unit.tensorIndex, leaf: unit.firstLeaf + index)
  }

  /// The records of a unit that an earlier run finished, with its bytes in `buffer`; nil unless
  /// every leaf is in the journal and the bytes in the file still have the digests noted there.
  private func resumed(
    _ unit: Unit, _ tensor: PlannedTensor, _ extent: UnitExtent, _ output: OutputFile,
    _ buffer: ByteBuffer
  ) throws(ModelError) -> [LeafRecord]? {
    let records = (0..<unit.leafCount).compactMap { journal.finished[key(unit, $0)] }
    guard records.count == unit.leafCount else { return nil }
    let bytes = buffer.prefix(extent.outputByteCount)
    guard try output.read(into: bytes, at: tensor.offset + extent.outputOffset) else { return nil }
    let leaves = TensorDigest.leaves(
      of: UnsafeRawBufferPointer(bytes), elementType: tensor.elementType)
    return leaves == records.map(\.output) ? records : nil
  }

  private func results() throws(ModelError) -> Results {
    let (records, resumedLeafCount) = progress.withLock { ($0.records, $0.resumedLeafCount) }
    func leaves(_ fileIndex: Int, _ tensorIndex: Int) -> [LeafRecord] {
      (0..<plan.files[fileIndex].tensors[tensorIndex].leafCount).compactMap {
        records[LeafKey(fileIndex: fileIndex, tensorIndex: tensorIndex, leaf: $0)]
      }
    }
    // Factors may be in another file than the numbers that they were made from.
    var numbers: [String: Manifest.Tensor] = [:]
    var files: [Manifest.File] = []
    for (fileIndex, file) in plan.files.enumerated() {
      var tensors: [Manifest.Tensor] = []
      for (tensorIndex, tensor) in file.tensors.enumerated() {
        let entry = Manifest.Tensor(
          tensor, leaves: leaves(fileIndex, tensorIndex),
          sourceFactors: try tensor.sourceFactors.map { info throws(ModelError) in
            try conversion.checkpoint.digest(of: info)
          })
        tensors.append(entry)
        if tensor.elementType == .NVFP4 { numbers[tensor.name] = entry }
      }
      files.append(
        Manifest.File(
          path: file.name, byteCount: file.byteCount, sha256: hashes[fileIndex].digest(),
          tensors: tensors))
    }
    for (fileIndex, file) in plan.files.enumerated() {
      for (tensorIndex, tensor) in file.tensors.enumerated() where tensor.outcome == .derived {
        files[fileIndex].tensors[tensorIndex] = Manifest.Tensor(
          tensor, leaves: leaves(fileIndex, tensorIndex), sourceFactors: nil,
          numbers: numbers[tensor.source.name])
      }
    }
    return Results(files: files, resumedLeafCount: resumedLeafCount)
  }
}
