/// A value of the C contract that may be used from any thread.
///
/// Pointers are not `Sendable`, because the compiler cannot know who changes what they point to.
/// `ingot_plugin.h` does say: a table lives as long as the process and never changes; a source
/// lives until `close` and its `read` may be called from several threads; a reader is used by one
/// thread at a time, except for `read`. Every use of this type is one of these three. It is the
/// only place where this package promises more than the compiler can check.
struct AcrossThreads<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}
