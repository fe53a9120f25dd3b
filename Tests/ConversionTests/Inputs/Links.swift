import Glibc
import Testing

func makeHardLink(_ existing: String, _ new: String) throws {
  try #require(link(existing, new) == 0)
}

func makeSymbolicLink(_ existing: String, _ new: String) throws {
  try #require(symlink(existing, new) == 0)
}

/// Gives a file the time of 1970.
func makeOld(_ path: String) throws {
  var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
  try #require(utimensat(AT_FDCWD, path, &times, 0) == 0)
}
