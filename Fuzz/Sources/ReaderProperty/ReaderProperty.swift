public import PluginKit
import Tensors

/// What holds for every reader and every input: an error, or an index that keeps its promises and
/// survives being laid out and read again. Anything else traps, which the fuzzer reports.
public func checkReader<Plugin: ContainerPlugin>(
  _ plugin: Plugin.Type, _ input: UnsafeBufferPointer<UInt8>
) {
  let source = MemoryByteSource(Array(input))
  let prefix = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(input).prefix(64 << 10))
  precondition(plugin.probe(prefix, fileByteCount: input.count) >= 0)
  // Small limits bring the fuzzer to them.
  let limits = Limits(headerByteCount: 1 << 20, tensorCount: 1000, metadataCount: 1000, rank: 6)
  let index: ContainerIndex
  do throws(ModelError) {
    index = try plugin.index(of: source, limits: limits)
  } catch {
    precondition(error.code != .io && error.code != .invalidArgument)
    precondition(!error.reason.isEmpty && !error.description.isEmpty)
    return
  }
  checkExtents(index, byteCount: input.count)
  do throws(ModelError) {
    let layout = try plugin.layout(of: index)
    // Claims of data are bounded by the input, so this is small.
    precondition(layout.byteCount <= 8 * input.count + (64 << 10))
    var bytes = [UInt8](repeating: 0, count: layout.byteCount)
    for segment in layout.segments {
      bytes.replaceSubrange(
        segment.offset..<segment.offset + segment.bytes.count, with: segment.bytes)
    }
    let again = try plugin.index(of: MemoryByteSource(bytes), limits: Limits())
    precondition(again.tensors.map(\.offset) == layout.tensorOffsets)
    precondition(again.tensors.map(\.name) == index.tensors.map(\.name))
    precondition(again.tensors.map(\.shape) == index.tensors.map(\.shape))
    precondition(again.tensors.map(\.elementType) == index.tensors.map(\.elementType))
    // Equal layouts mean equal metadata, NaN included.
    let layoutAgain = try plugin.layout(of: again)
    precondition(layoutAgain == layout)
  } catch {
    preconditionFailure("an index that was read cannot be written: \(error)")
  }
}

private func checkExtents(_ index: ContainerIndex, byteCount: Int) {
  precondition(Set(index.tensors.map(\.name)).count == index.tensors.count)
  var end = 0
  for tensor in index.tensors {
    precondition(!tensor.name.isEmpty && tensor.offset >= end)
    precondition((try? tensor.elementType.byteCount(of: tensor.shape)) == tensor.byteCount)
    end = tensor.offset + tensor.byteCount
  }
  precondition(end <= byteCount)
}
