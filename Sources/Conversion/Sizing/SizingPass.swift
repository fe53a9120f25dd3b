internal import Dialects
internal import Tensors

/// Measures all tensors of a model, several at a time.
final class SizingPass: Sendable {
  /// One tensor and the types to measure it in.
  struct Job: Sendable {
    var tensor: TensorInfo
    var types: [ElementType]
    /// Whether another type may be taken instead, so that one in which a value overflows is none.
    var hasChoice: Bool
  }

  private struct State {
    var next = 0
    var doneElementCount = 0
    var results: [[Double?]]
    var failure: (index: Int, error: ModelError)?
  }

  private let checkpoint: Checkpoint
  private let importance: ImportanceMatrix?
  private let events: Converter.Events
  private let factors: FactorTensors
  private let jobs: [Job]
  private let elementCount: Int
  private let state: Monitor<State>

  init(
    _ checkpoint: Checkpoint, _ jobs: [Job], importance: ImportanceMatrix?,
    events: Converter.Events
  ) {
    self.checkpoint = checkpoint
    self.jobs = jobs
    elementCount = jobs.reduce(0) { $0 + SizingPass.elementCount(of: $1) }
    factors = FactorTensors(checkpoint.tensors)
    self.importance = importance
    self.events = events
    state = Monitor(State(results: [[Double?]](repeating: [], count: jobs.count)))
  }

  /// The squared relative errors of each job's types. Of several failures the one of the first
  /// tensor is thrown: `io`, `cancelled` (`interrupted`), what a plugin reports, or what `TypeMeter`
  /// throws.
  func run(threadCount: Int) throws(ModelError) -> [[Double?]] {
    onThreads(min(threadCount, jobs.count)) { _ in
      while let index = self.take() {
        do throws(ModelError) {
          self.finish(index, try self.measure(self.jobs[index]))
        } catch {
          self.fail(index, error)
        }
      }
    }
    let end = state.withLock { $0 }
    if let failure = end.failure { throw failure.error }
    return end.results
  }

  private func take() -> Int? {
    state.withLock { state in
      guard state.failure == nil, state.next < jobs.count else { return nil }
      defer { state.next += 1 }
      return state.next
    }
  }

  private func measure(_ job: Job) throws(ModelError) -> [Double?] {
    if events.isCancelled() {
      throw ModelError(.cancelled, "interrupted", "the measurement was interrupted")
    }
    if job.types.isEmpty { return [] }
    do throws(ModelError) {
      let factorTensor = try factors.weightFactors(of: job.tensor)
      return try TypeMeter(
        checkpoint, job.tensor, factors: factorTensor, importance: importance
      ).measure(job.types, excludingOverflow: job.hasChoice)
    } catch {
      throw error.at(
        file: checkpoint.files[job.tensor.fileIndex].source.name, tensor: job.tensor.name)
    }
  }

  private func finish(_ index: Int, _ result: [Double?]) {
    let done = state.withLock { state in
      state.results[index] = result
      state.doneElementCount += SizingPass.elementCount(of: jobs[index])
      return state.doneElementCount
    }
    events.onProgress(4 * done, 4 * elementCount)
  }

  private func fail(_ index: Int, _ error: ModelError) {
    state.withLock { state in
      if let failure = state.failure, failure.index <= index { return }
      state.failure = (index, error)
    }
  }

  private static func elementCount(of job: Job) -> Int {
    job.types.isEmpty ? 0 : RowSample(job.tensor.shape).elementCount
  }

  /// Bytes of buffers that a worker may need for `jobs`; 0 if there is nothing to measure.
  static func bufferByteCount(_ jobs: [Job]) -> Int {
    let columns = jobs.filter { !$0.types.isEmpty }.map { RowSample($0.tensor.shape).columnCount }
    guard let longest = columns.max() else { return 0 }
    // Values and decoded ones, an encoded form, and a row of the source; for one type the values are
    // scaled besides. And a leaf of each kind, to look for values that are too great.
    return 28 * max(longest, MeterBuffers.stepElementCount) + 12 * leafElementCount
  }
}
