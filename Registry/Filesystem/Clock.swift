#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Whole seconds since 1970.
///
/// The precise clock: `time` lags by a tick, so that a file just made may seem to be of the future.
func currentSecond() -> Int {
  var now = timespec()
  clock_gettime(CLOCK_REALTIME, &now)
  return now.tv_sec
}
