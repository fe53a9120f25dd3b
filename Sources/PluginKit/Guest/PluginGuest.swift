public import CIngotPlugin
internal import Tensors

/// The plugin's end of the C contract: what the functions of a Swift plugin's table call.
///
/// A C function pointer cannot capture a generic type, so a plugin's `Entry.swift` names its type in
/// one closure for each function; see `PluginTable`. No Swift error, type or ownership crosses the
/// line: an error becomes one call of `host->report` and its code.
public enum PluginGuest {
  /// `ingot_plugin.probe` for `P`. Never fails; a bid below 0 counts as 0.
  public static func probe<P: ContainerPlugin>(
    _: P.Type, _ prefix: UnsafePointer<UInt8>?, _ prefixByteCount: UInt64,
    _ fileByteCount: UInt64
  ) -> UInt32 {
    let bytes = UnsafeRawBufferPointer(
      start: prefix, count: prefix == nil ? 0 : Int(clamping: prefixByteCount))
    return UInt32(clamping: P.probe(bytes, fileByteCount: Int(clamping: fileByteCount)))
  }

  /// `ingot_plugin.open` for `P`: reads the whole index and keeps it in C form until `close`.
  public static func open<P: ContainerPlugin>(
    _: P.Type, _ host: UnsafePointer<ingot_host>?, _ source: UnsafePointer<ingot_source>?,
    _ out: UnsafeMutablePointer<OpaquePointer?>?
  ) -> Int32 {
    var hostSource: HostSource?
    do throws(ModelError) {
      let opened = try HostSource(source)
      hostSource = opened
      let index = try P.index(of: opened, limits: limits(of: host))
      if let status = opened.failedStatus { return status }
      let reader = GuestReader(index)
      out?.pointee = OpaquePointer(Unmanaged.passRetained(reader).toOpaque())
      return Int32(INGOT_OK)
    } catch {
      if let status = hostSource?.failedStatus { return status }
      return report(error, to: host)
    }
  }

  /// `ingot_plugin.index` for every plugin that was opened by `open`.
  static func index(
    _ reader: OpaquePointer?, _ host: UnsafePointer<ingot_host>?,
    _ out: UnsafeMutablePointer<UnsafePointer<ingot_index>?>?
  ) -> Int32 {
    guard let reader, let out else {
      return report(
        ModelError(.invalidArgument, "reader-missing", "there is no reader to index"), to: host)
    }
    out.pointee =
      Unmanaged<GuestReader>.fromOpaque(UnsafeRawPointer(reader))
      .takeUnretainedValue().index
    return Int32(INGOT_OK)
  }

  /// `ingot_plugin.close` for every plugin that was opened by `open`.
  static func close(_ reader: OpaquePointer?) {
    guard let reader else { return }
    Unmanaged<GuestReader>.fromOpaque(UnsafeRawPointer(reader)).release()
  }

  /// `ingot_plugin.layout` for `P`.
  public static func layout<P: ContainerPlugin>(
    _: P.Type, _ host: UnsafePointer<ingot_host>?, _ wanted: UnsafePointer<ingot_index>?,
    _ out: UnsafeMutablePointer<UnsafePointer<ingot_layout>?>?
  ) -> Int32 {
    do throws(ModelError) {
      var decoding = IndexDecoding(blame: .invalidArgument, limits: limits(of: host))
      let layout = try P.layout(of: try decoding.decode(wanted))
      out?.pointee = GuestLayout.make(layout)
      return Int32(INGOT_OK)
    } catch {
      return report(error, to: host)
    }
  }

  /// `ingot_plugin.free_layout` for every layout made by `layout`.
  static func freeLayout(_ layout: UnsafePointer<ingot_layout>?) {
    GuestLayout.free(layout)
  }

  private static func limits(of host: UnsafePointer<ingot_host>?) -> Limits {
    guard let limits = host?.pointee.limits else { return Limits() }
    return Limits(
      headerByteCount: Int(clamping: limits.header_byte_count),
      tensorCount: Int(clamping: limits.tensor_count),
      metadataCount: Int(clamping: limits.metadata_count), rank: Int(clamping: limits.rank))
  }

  /// Hands `error` to the host, once, and returns its code.
  private static func report(_ error: ModelError, to host: UnsafePointer<ingot_host>?) -> Int32 {
    let code = error.code.contractCode
    guard let host, let take = host.pointee.report else { return code }
    let arena = Arena()
    var report = ingot_error()
    report.code = UInt32(code)
    report.reason = arena.copy(error.reason)
    report.message = arena.copy(error.message)
    report.tensor = arena.copy(error.context.tensor ?? "")
    report.offset = error.context.offset ?? UInt64.max
    withExtendedLifetime(arena) { take(host.pointee.context, &report) }
    return code
  }
}

/// What an open reader of a Swift plugin is: its index in C form.
private final class GuestReader {
  let index: UnsafePointer<ingot_index>
  private let arena = Arena()

  init(_ index: ContainerIndex) { self.index = arena.encode(index) }
}
