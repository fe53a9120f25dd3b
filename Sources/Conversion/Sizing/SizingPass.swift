internal import Dialects
internal import Tensors

/// Measures all tensors of a model, several at a time.
final class SizingPass: Sendable {
  /// One tensor and the types to measure it in.
  struct Job: Sendable {
    var tensor: TensorInfo
    var types: [ElementType]
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
  private let state: Monitor<State>

  init(
    _ checkpoint: Checkpoint, _ jobs: [Job], importance: ImportanceMatrix?,
    events: Converter.Events
  ) {
    self.checkpoint = checkpoint
    self.jobs = jobs
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
      ).measure(job.types)
    } catch {
      throw error.at(
        file: checkpoint.files[job.tensor.fileIndex].source.name, tensor: job.tensor.name)
    }
  }

  private func finish(_ index: Int, _ result: [Double?]) {
    let all = jobs.reduce(0) { $0 + SizingPass.elementCount(of: $1) }
    let done = state.withLock { state in
      state.results[index] = result
      state.doneElementCount += SizingPass.elementCount(of: jobs[index])
      return state.doneElementCount
    }
    events.onProgress(4 * done, 4 * all)
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

  /// Bytes of buffers that a worker may need for `jobs`.
  static func bufferByteCount(_ jobs: [Job]) -> Int {
    // Values and decoded ones, an encoded form, and a row of the source.
    let columns = jobs.map { RowSample($0.tensor.shape).columnCount }.max() ?? 0
    return 24 * max(columns, 1 << 15)
  }
}
