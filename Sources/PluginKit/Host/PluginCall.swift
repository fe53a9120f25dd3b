internal import CIngotPlugin
internal import Tensors

/// One call of a plugin's function: hands it a host, collects what it reports, and holds it to the
/// rule that every failure is reported exactly once.
final class PluginCall {
  private var reports: [Report] = []

  /// Calls `body` with a host that has `limits`.
  ///
  /// Throws the error that the plugin reports; the error of `source` if a read failed on this
  /// thread and the plugin passed it on; `pluginFailed` (`plugin-contract`) if the returned status
  /// and the reports do not fit together.
  static func run(
    limits: Limits, source: SourceBox?,
    _ body: (UnsafePointer<ingot_host>) -> Int32
  ) throws(ModelError) {
    let call = PluginCall()
    source?.forgetFailure()
    var host = ingot_host()
    host.struct_size = UInt32(MemoryLayout<ingot_host>.size)
    host.limits = ingot_limits(
      header_byte_count: UInt64(clamping: limits.headerByteCount),
      tensor_count: UInt64(clamping: limits.tensorCount),
      metadata_count: UInt64(clamping: limits.metadataCount), rank: UInt64(clamping: limits.rank))
    host.context = Unmanaged.passUnretained(call).toOpaque()
    host.report = { context, error in
      guard let context, let error else { return }
      let call = Unmanaged<PluginCall>.fromOpaque(context).takeUnretainedValue()
      // A plugin that reports without end must not fill the memory.
      if call.reports.count < 16 { call.reports.append(Report(error.pointee)) }
    }
    let status = withExtendedLifetime(call) { body(&host) }
    try call.settle(status, sourceError: source?.takeFailure())
  }

  private func settle(_ status: Int32, sourceError: ModelError?) throws(ModelError) {
    let reportCount = reports.count + (sourceError == nil ? 0 : 1)
    if status == Int32(INGOT_OK), reportCount == 0 { return }
    guard status != Int32(INGOT_OK) else {
      throw breach("it reported an error and then returned OK")
    }
    guard reportCount == 1 else {
      throw breach("it returned \(status) after \(reportCount) reports; one is the rule")
    }
    if let sourceError {
      guard status == sourceError.code.contractCode else {
        throw breach("the host's read failed with another status than \(status)")
      }
      throw sourceError
    }
    let report = reports[0]
    guard report.code == UInt32(bitPattern: status) else {
      throw breach("it returned \(status) and reported \(report.code)")
    }
    guard let code = ModelError.Code(contractCode: status) else {
      throw breach("the error code \(status) is not defined")
    }
    guard isReasonToken(report.reason) else {
      throw breach("the reason \"\(report.reason)\" is not a token of [a-z0-9-]")
    }
    throw ModelError(
      code, report.reason, report.message, tensor: report.tensor, offset: report.offset)
  }

  private func breach(_ message: String) -> ModelError {
    let first = reports.first.map { "; it first said \"\($0.message)\" [\($0.reason)]" } ?? ""
    return ModelError(.pluginFailed, "plugin-contract", message + first)
  }
}

/// What a plugin reported, copied before its memory goes.
private struct Report {
  let code: UInt32
  let reason: String
  let message: String
  let tensor: String?
  let offset: UInt64?

  init(_ error: ingot_error) {
    code = error.code
    reason = error.reason.repairedText(atMost: 64)
    message = error.message.repairedText(atMost: 4096)
    let name = error.tensor.repairedText(atMost: 1024)
    tensor = name.isEmpty ? nil : name
    offset = error.offset == UInt64.max ? nil : error.offset
  }
}
