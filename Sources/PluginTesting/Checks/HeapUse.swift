#if canImport(Glibc)
  internal import Glibc
#endif

/// How much memory the program has allocated and not freed.
enum HeapUse {
  /// Bytes in all arenas and in mappings of their own; nil where the system does not tell.
  ///
  /// glibc tells by `malloc_info`, as XML whose last lines are the totals. Swift cannot import
  /// `malloc.h`, so the function is looked up by name.
  static var byteCount: Int? {
    #if canImport(Glibc)
      typealias MallocInfo = @convention(c) (Int32, UnsafeMutablePointer<FILE>?) -> Int32
      guard let symbol = dlsym(nil, "malloc_info") else { return nil }
      let mallocInfo = unsafeBitCast(symbol, to: MallocInfo.self)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
      defer { buffer.deallocate() }
      guard let file = fmemopen(buffer.baseAddress, buffer.count, "w") else { return nil }
      let status = mallocInfo(0, file)
      let length = ftell(file)
      fclose(file)
      guard status == 0, length > 0, length < buffer.count else { return nil }
      return total(in: String(decoding: buffer[..<length], as: UTF8.self))
    #else
      return nil
    #endif
  }

  /// What the system gave, without what is free, and with the mappings.
  private static func total(in report: String) -> Int? {
    let lines = report.split(separator: "\n")
    guard let end = lines.lastIndex(of: "</heap>") else { return nil }
    func size(_ beginning: String) -> Int? {
      guard let line = lines[end...].first(where: { $0.hasPrefix(beginning) }) else { return nil }
      let parts = line.split(separator: "\"")
      return parts.count >= 2 ? Int(parts[parts.count - 2]) : nil
    }
    guard let current = size("<system type=\"current\""), let fast = size("<total type=\"fast\""),
      let rest = size("<total type=\"rest\""), let mapped = size("<total type=\"mmap\"")
    else { return nil }
    return current - fast - rest + mapped
  }
}
