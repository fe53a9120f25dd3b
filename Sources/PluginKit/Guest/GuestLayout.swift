internal import CIngotPlugin
internal import Tensors

/// A layout in C form together with the arena that holds it: `free_layout` gets only the address of
/// the layout, which is the first member and so the address of the whole.
struct GuestLayout {
  private let layout: ingot_layout
  private let arena: Unmanaged<Arena>

  /// `layout` in C form; lives until `free`.
  static func make(_ layout: ContainerLayout) -> UnsafePointer<ingot_layout> {
    let arena = Arena()
    let segments = layout.segments.map { segment in
      ingot_segment(
        offset: UInt64(clamping: segment.offset), byte_count: UInt64(segment.bytes.count),
        bytes: arena.copy(segment.bytes))
    }
    let offsets = layout.tensorOffsets.map { UInt64(clamping: $0) }
    let whole = UnsafeMutablePointer<GuestLayout>.allocate(capacity: 1)
    whole.initialize(
      to: GuestLayout(
        layout: ingot_layout(
          byte_count: UInt64(clamping: layout.byteCount), segments: arena.copy(segments),
          segment_count: UInt64(segments.count), tensor_offsets: arena.copy(offsets),
          tensor_count: UInt64(offsets.count)),
        arena: .passRetained(arena)))
    return UnsafeRawPointer(whole).assumingMemoryBound(to: ingot_layout.self)
  }

  /// Frees what `make` returned.
  static func free(_ layout: UnsafePointer<ingot_layout>?) {
    guard let layout else { return }
    let whole = UnsafeMutableRawPointer(mutating: layout)
      .assumingMemoryBound(to: GuestLayout.self)
    whole.pointee.arena.release()
    whole.deinitialize(count: 1)
    whole.deallocate()
  }
}
