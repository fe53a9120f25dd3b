internal import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Runs `body` on `count` threads of their own, with indexes 0..<count, and waits for all.
///
/// The work blocks on files, so it stays off the cooperative pool. One thread runs on the caller.
/// Throws `io` (`no-thread`) if the system refuses a thread; the others have then ended.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws(ModelError) {
  var threads: [pthread_t] = []
  var refusal: ModelError?
  for index in 1..<max(count, 1) {
    let start = Unmanaged.passRetained(ThreadStart { body(index) })
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, start.toOpaque())
    if status == 0 {
      threads.append(thread)
    } else {
      start.release()
      refusal = ModelError(
        .io, "no-thread", "the system refused thread \(index + 1) of \(count) (error \(status))")
      break
    }
  }
  body(0)
  for thread in threads { pthread_join(thread, nil) }
  if let refusal { throw refusal }
}

private final class ThreadStart: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
