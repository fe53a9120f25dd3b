#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Runs `body` on `count` threads of their own, with indexes 0..<count, and waits for all.
///
/// The work blocks on files, so it stays off the cooperative pool. One thread is the caller's. If
/// the system refuses another one, the work goes on with those there are: `body` takes work from a
/// queue until there is none, so nothing is left undone.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  var threads: [pthread_t] = []
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
      break
    }
  }
  body(0)
  for thread in threads { pthread_join(thread, nil) }
}

private final class ThreadStart: Sendable {
  let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}
