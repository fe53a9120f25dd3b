#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Whole seconds since 1970.
func currentSecond() -> Int { time(nil) }
