import Synchronization
import Tensors

/// A format that keeps the metadata it was last asked to lay out.
struct RecordingFormat: ContainerFormat {
  final class Log: Sendable {
    private let state = Mutex<[MetadataEntry]>([])
    var entries: [MetadataEntry] { state.withLock { $0 } }
    func note(_ entries: [MetadataEntry]) { state.withLock { $0 = entries } }
  }

  var inner = TestFormat()
  let log = Log()
  var identity: ContainerIdentity { inner.identity }

  func layout(of index: ContainerIndex) throws(ModelError) -> ContainerLayout {
    log.note(index.metadata)
    return try inner.layout(of: index)
  }
}
