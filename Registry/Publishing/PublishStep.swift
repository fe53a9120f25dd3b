/// The moments of a publication at which a process can die, in order. Tests stop at each of them.
public enum PublishStep: String, Sendable, CaseIterable {
  /// The staging folder exists, with its owner and lock.
  case stagingMade = "staging-made"
  /// A blob is cloned, linked or copied into staging, and not yet durable. Once for each new blob.
  case blobStaged = "blob-staged"
  /// The staged blob is durable. Once for each new blob.
  case blobSynced = "blob-synced"
  /// The blob has its final name. Once for each new blob.
  case blobPublished = "blob-published"
  /// The names in `blobs/` are durable.
  case blobsSynced = "blobs-synced"
  /// The listing is durable in staging.
  case treeStaged = "tree-staged"
  /// The listing has its final name.
  case treePublished = "tree-published"
  /// The name in `trees/` is durable.
  case treesSynced = "trees-synced"
  /// The snapshot is complete in staging.
  case snapshotStaged = "snapshot-staged"
  /// The snapshot has its final name, if the commit had none.
  case snapshotPublished = "snapshot-published"
  /// The name in `snapshots/` is durable.
  case snapshotsSynced = "snapshots-synced"
  /// A ref is durable in staging. Once for the revision and once for each tag that changes.
  case refStaged = "ref-staged"
  /// The ref has its final name: the publication is done. As often as `refStaged`.
  case refPublished = "ref-published"
  /// The names in `refs/` are durable. As often as `refStaged`.
  case refsSynced = "refs-synced"
  /// The staging folder is gone.
  case stagingRemoved = "staging-removed"
}
