internal import CIngotPlugin
public import Tensors

/// One file that a plugin has open. Delivers tensors that are no plain extents; closes the file in
/// the plugin when the last reference goes.
public final class PluginFileReader: ContainerReader {
  private let table: AcrossThreads<UnsafePointer<ingot_plugin>>
  private let source: SourceBox
  private let reader: AcrossThreads<OpaquePointer>
  private let limits: Limits

  init(
    table: AcrossThreads<UnsafePointer<ingot_plugin>>, source: any ByteSource, limits: Limits
  ) throws(ModelError) {
    let box = SourceBox(source)
    var opened: OpaquePointer?
    try PluginCall.run(limits: limits, source: box) { host in
      table.value.pointee.open(host, box.pointer, &opened)
    }
    guard let opened else {
      throw ModelError(.pluginFailed, "plugin-contract", "`open` returned OK and no reader")
    }
    self.table = table
    self.source = box
    self.limits = limits
    reader = AcrossThreads(opened)
  }

  deinit { table.value.pointee.close(reader.value) }

  /// The index, copied; its values are checked one by one, not yet against the file.
  func index(limits: Limits) throws(ModelError) -> ContainerIndex {
    var pointer: UnsafePointer<ingot_index>?
    try PluginCall.run(limits: limits, source: source) { host in
      table.value.pointee.index(reader.value, host, &pointer)
    }
    var decoding = IndexDecoding(blame: .pluginFailed, limits: limits)
    return try decoding.decode(pointer)
  }

  /// Fills `destination` with bytes of one tensor's data, from `offset` within that data.
  ///
  /// Safe to call from several threads. Throws what the plugin reports or the source throws;
  /// `pluginFailed` (`read-missing`) if the plugin has no `read`.
  public func read(
    tensorAt indexInFile: Int, offset: Int, into destination: UnsafeMutableRawBufferPointer
  ) throws(ModelError) {
    guard let read = table.value.pointee.read else {
      throw ModelError(.pluginFailed, "read-missing", "the plugin has no function `read`")
    }
    guard let start = destination.baseAddress, !destination.isEmpty else { return }
    guard indexInFile >= 0, offset >= 0 else {
      throw ModelError(
        .invalidArgument, "read-past-end", "tensor \(indexInFile), offset \(offset) is below 0")
    }
    try PluginCall.run(limits: limits, source: source) { host in
      read(
        reader.value, host, UInt64(indexInFile), UInt64(offset), start,
        UInt64(destination.count))
    }
  }
}
