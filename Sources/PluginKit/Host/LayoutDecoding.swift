internal import CIngotPlugin
internal import Tensors

/// Copies a layout out of the C contract and checks that it covers the file exactly once.
enum LayoutDecoding {
  /// Throws `pluginFailed`: `layout-missing`, `layout-tensor-count`, `layout-order`,
  /// `layout-gap`, `layout-overlap`, `size-overflow`.
  static func decode(_ pointer: UnsafePointer<ingot_layout>?, of index: ContainerIndex)
    throws(ModelError) -> ContainerLayout
  {
    guard let layout = pointer?.pointee else {
      throw error("layout-missing", "no layout came back")
    }
    guard layout.tensor_count == UInt64(index.tensors.count),
      layout.tensor_offsets != nil || layout.tensor_count == 0
    else {
      throw error(
        "layout-tensor-count",
        "\(layout.tensor_count) offsets came back for \(index.tensors.count) tensors")
    }
    guard layout.segments != nil || layout.segment_count == 0 else {
      throw error("layout-missing", "\(layout.segment_count) segments are announced, none there")
    }
    var result = ContainerLayout(
      byteCount: try int(layout.byte_count), segments: [], tensorOffsets: [])
    for position in 0..<(try int(layout.segment_count)) {
      if let segment = layout.segments?[position] { result.segments.append(try copy(segment)) }
    }
    for position in index.tensors.indices {
      if let offset = layout.tensor_offsets?[position] {
        result.tensorOffsets.append(try int(offset))
      }
    }
    try checkCoverage(result, of: index)
    return result
  }

  private static func copy(_ segment: ingot_segment) throws(ModelError)
    -> ContainerLayout.Segment
  {
    let count = try int(segment.byte_count)
    guard segment.bytes != nil || count == 0 else {
      throw error("layout-missing", "the \(count) bytes of a segment are missing")
    }
    return ContainerLayout.Segment(
      offset: try int(segment.offset),
      bytes: Array(UnsafeBufferPointer(start: segment.bytes, count: count)))
  }

  private static func checkCoverage(_ layout: ContainerLayout, of index: ContainerIndex)
    throws(ModelError)
  {
    for (before, after) in zip(layout.segments, layout.segments.dropFirst())
    where before.offset > after.offset {
      throw error("layout-order", "a segment at \(after.offset) follows one at \(before.offset)")
    }
    var runs: [(offset: Int, byteCount: Int)] = layout.segments.map { ($0.offset, $0.bytes.count) }
    for (tensor, offset) in zip(index.tensors, layout.tensorOffsets) {
      guard offset <= layout.byteCount else {
        throw error("layout-overlap", "the offset \(offset) is beyond the file").at(
          tensor: tensor.name)
      }
      runs.append((offset, tensor.byteCount))
    }
    var end = 0
    for run in runs.filter({ $0.byteCount > 0 }).sorted(by: { $0.offset < $1.offset }) {
      guard run.offset <= end else {
        throw error("layout-gap", "nothing covers the bytes \(end)..<\(run.offset)")
      }
      guard run.offset == end else {
        throw error("layout-overlap", "two parts cover the byte \(run.offset)")
      }
      end = try blamed { () throws(ModelError) in try Checked.sum(end, run.byteCount) }
    }
    guard end == layout.byteCount else {
      throw error(
        "layout-gap", "the parts end at \(end), the file at \(layout.byteCount)")
    }
  }

  private static func int(_ value: UInt64) throws(ModelError) -> Int {
    try blamed { () throws(ModelError) in try Checked.int(value, "size-overflow") }
  }

  private static func blamed<Value>(_ body: () throws(ModelError) -> Value) throws(ModelError)
    -> Value
  {
    do throws(ModelError) { return try body() } catch {
      throw ModelError(.pluginFailed, error.reason, error.message)
    }
  }

  private static func error(_ reason: String, _ message: String) -> ModelError {
    ModelError(.pluginFailed, reason, message)
  }
}
