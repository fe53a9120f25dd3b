#if os(Linux)
  internal import CLinux
#else
  internal import Darwin
#endif

/// The processors this program may use.
enum Processors {
  /// At least 1; what `taskset` or a container took away does not count.
  static var count: Int {
    #if os(Linux)
      return max(1, Int(ingot_processor_count()))
    #else
      return max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    #endif
  }
}
