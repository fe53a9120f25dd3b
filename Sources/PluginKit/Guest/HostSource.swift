internal import CIngotPlugin
internal import Synchronization
internal import Tensors

/// The file as a plugin sees it: reads go through the host's callback.
///
/// The host reports a failed read itself, so the plugin must not report it again but pass its
/// status on: `failedStatus` remembers it.
final class HostSource: ByteSource {
  /// A plugin is not told the file's name; the host adds it to errors.
  let name = "the file"
  let byteCount: Int
  private let source: AcrossThreads<UnsafePointer<ingot_source>>
  private let failure = Mutex<Int32?>(nil)

  /// Throws `invalidArgument` (`source-missing`) if there is nothing to read with, and
  /// `malformed` (`number-out-of-range`) for a file above `Int.max` bytes.
  init(_ pointer: UnsafePointer<ingot_source>?) throws(ModelError) {
    guard let pointer, pointer.pointee.read != nil else {
      throw ModelError(.invalidArgument, "source-missing", "there is no source to read from")
    }
    byteCount = try Checked.int(pointer.pointee.byte_count)
    source = AcrossThreads(pointer)
  }

  /// The status of the last failed read; nil if none failed.
  var failedStatus: Int32? { failure.withLock { $0 } }

  func read(
    into destination: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(ModelError) {
    try checkRange(offset: offset, byteCount: destination.count)
    guard let start = destination.baseAddress, !destination.isEmpty,
      let read = source.value.pointee.read
    else { return }
    let status = read(
      source.value.pointee.context, UInt64(offset), start, UInt64(destination.count))
    guard status == Int32(INGOT_OK) else {
      failure.withLock { $0 = status }
      throw ModelError(
        .io, "host-read-failed", "the host could not read \(destination.count) bytes")
    }
  }
}
