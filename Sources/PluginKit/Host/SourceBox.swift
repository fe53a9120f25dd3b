internal import CIngotPlugin
internal import Synchronization
internal import Tensors

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A byte source in C form: what a plugin reads through from `open` to `close`.
///
/// `read` of one reader may run on several threads, and a failed read is an error of the call on
/// its own thread; so failures are kept by thread.
final class SourceBox: Sendable {
  private let source: any ByteSource
  private let failures = Mutex<[UInt: ModelError]>([:])
  private let place = AcrossThreads(UnsafeMutablePointer<ingot_source>.allocate(capacity: 1))

  init(_ source: any ByteSource) {
    self.source = source
    place.value.initialize(
      to: ingot_source(
        context: Unmanaged.passUnretained(self).toOpaque(),
        byte_count: UInt64(clamping: source.byteCount),
        read: { context, offset, destination, byteCount in
          guard let context else { return Int32(INGOT_FAILED) }
          return Unmanaged<SourceBox>.fromOpaque(context).takeUnretainedValue()
            .read(offset, destination, byteCount)
        }))
  }

  deinit { place.value.deallocate() }

  /// The C form; valid as long as this object.
  var pointer: UnsafePointer<ingot_source> { UnsafePointer(place.value) }

  /// Forgets a failure of this thread, before a call.
  func forgetFailure() { _ = takeFailure() }

  /// The failure of this thread's last call, which is forgotten thereby.
  func takeFailure() -> ModelError? {
    failures.withLock { $0.removeValue(forKey: SourceBox.thread) }
  }

  private func read(_ offset: UInt64, _ destination: UnsafeMutableRawPointer?, _ count: UInt64)
    -> Int32
  {
    do throws(ModelError) {
      let offset = try Checked.int(offset, "read-past-end")
      let count = try Checked.int(count, "read-past-end")
      try source.checkRange(offset: offset, byteCount: count)
      guard count > 0 else { return Int32(INGOT_OK) }
      guard let destination else {
        throw ModelError(.pluginFailed, "plugin-contract", "it reads into NULL")
      }
      try source.read(
        into: UnsafeMutableRawBufferPointer(start: destination, count: count), at: offset)
      return Int32(INGOT_OK)
    } catch {
      failures.withLock { $0[SourceBox.thread] = error }
      return error.code.contractCode
    }
  }

  private static var thread: UInt {
    #if canImport(Darwin)
      UInt(bitPattern: pthread_self())
    #else
      UInt(pthread_self())
    #endif
  }
}
