import Synchronization
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Threads of the registry's own for work that blocks on files; never the cooperative pool.
enum FileThreads {
  /// Calls `body` once for each of `0..<count`, on up to `threadCount` threads, the caller's one of
  /// them, and returns when all is done. After an error no further index is handed out; the error
  /// with the lowest index is thrown.
  static func forEach(
    _ count: Int, threadCount: Int,
    _ body: @escaping @Sendable (Int) throws(ModelError) -> Void
  ) throws(ModelError) {
    let work = Work(count: count, body: body)
    var threads: [pthread_t] = []
    for _ in 1..<max(1, min(threadCount, count)) {
      guard let thread = start(work) else { break }
      threads.append(thread)
    }
    work.run()
    for thread in threads { pthread_join(thread, nil) }
    if let error = work.firstError { throw error }
  }

  /// The processors that are there.
  static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// A thread that runs `work`; nil if the system has no more, and then fewer threads do the same.
  private static func start(_ work: Work) -> pthread_t? {
    let argument = Unmanaged.passRetained(work)
    #if canImport(Darwin)
      var thread: pthread_t?
      let status = pthread_create(&thread, nil, { Work.run($0) }, argument.toOpaque())
    #else
      var thread = pthread_t()
      let status = pthread_create(&thread, nil, { Work.run($0) }, argument.toOpaque())
    #endif
    guard status == 0 else {
      argument.release()
      return nil
    }
    return thread
  }

  private final class Work: Sendable {
    private let count: Int
    private let body: @Sendable (Int) throws(ModelError) -> Void
    private let next = Atomic<Int>(0)
    private let failure = Mutex<(index: Int, error: ModelError)?>(nil)

    init(count: Int, body: @escaping @Sendable (Int) throws(ModelError) -> Void) {
      self.count = count
      self.body = body
    }

    var firstError: ModelError? { failure.withLock { $0?.error } }

    func run() {
      while failure.withLock({ $0 == nil }) {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        do throws(ModelError) {
          try body(index)
        } catch {
          failure.withLock { found in
            if found.map({ index < $0.index }) ?? true { found = (index, error) }
          }
        }
      }
    }

    static func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
      guard let argument else { return nil }
      Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
      return nil
    }
  }
}
