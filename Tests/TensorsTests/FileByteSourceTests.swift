import Glibc
import Testing

@testable import Tensors

@Suite struct FileByteSourceTests {
  @Test func bytesAreRead() throws {
    let folder = try TemporaryFolder()
    let source = try FileByteSource(path: folder.write("f", [1, 2, 3]))
    #expect(source.byteCount == 3)
    #expect(try source.bytes(at: 1, byteCount: 2) == [2, 3])
    #expect(failure { _ = try source.bytes(at: 2, byteCount: 2) }?.reason == "read-past-end")
  }

  @Test func anEmptyFileHasNoBytes() throws {
    let folder = try TemporaryFolder()
    let source = try FileByteSource(path: folder.write("f", []))
    #expect(try source.bytes(at: 0, byteCount: 0) == [])
  }

  @Test func aFileThatIsNotThereIsNotFound() throws {
    let folder = try TemporaryFolder()
    let error = failure { _ = try FileByteSource(path: folder.path + "/no") }
    #expect(error?.code == .notFound)
    #expect(error?.reason == "no-such-file")
    #expect(error?.context.file == folder.path + "/no")
  }

  @Test func aPathThroughAFileIsNotFound() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("f", [1])
    #expect(failure { _ = try FileByteSource(path: path + "/x") }?.code == .notFound)
  }

  @Test(.timeLimit(.minutes(1))) func aFIFOIsRefusedWithoutWaitingForAWriter() throws {
    let folder = try TemporaryFolder()
    let path = folder.place("fifo")
    try #require(mkfifo(path, 0o600) == 0)
    let error = failure { _ = try FileByteSource(path: path) }
    #expect(error?.code == .malformed)
    #expect(error?.reason == "not-a-regular-file")
  }

  @Test(arguments: ["/", "/dev/zero", "/dev/null"])
  func foldersAndDevicesAreRefused(path: String) {
    #expect(failure { _ = try FileByteSource(path: path) }?.reason == "not-a-regular-file")
  }

  @Test func aFileThatShrinksIsAnErrorAndNoSignal() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("f", [UInt8](repeating: 7, count: 10_000))
    let source = try FileByteSource(path: path)
    try #require(truncate(path, 100) == 0)
    let error = failure { _ = try source.bytes(at: 0, byteCount: 10_000) }
    #expect(error?.code == .io)
    #expect(error?.reason == "file-changed")
    #expect(error?.context.offset == 100)
    #expect(failure { try source.checkUnchanged() }?.reason == "file-changed")
  }

  @Test func aFileThatGrowsIsNoticed() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("f", [1])
    let source = try FileByteSource(path: path)
    try source.checkUnchanged()
    try #require(truncate(path, 2) == 0)
    #expect(failure { try source.checkUnchanged() }?.reason == "file-changed")
  }

  @Test func aFileThatIsWrittenAgainIsNoticedByItsTime() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("f", [1])
    let source = try FileByteSource(path: path)
    var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
    try #require(utimensat(AT_FDCWD, path, &times, 0) == 0)
    #expect(failure { try source.checkUnchanged() }?.reason == "file-changed")
  }

  @Test func hardLinksAndSymbolicLinksAreTheSameFile() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("f", [1])
    let hard = folder.place("hard")
    let soft = folder.place("soft")
    try #require(link(path, hard) == 0)
    try #require(symlink(path, soft) == 0)
    let identity = try FileByteSource(path: path).identity
    #expect(try #require(FileIdentity.of(path: hard)).isSameFile(as: identity))
    #expect(try #require(FileIdentity.of(path: soft)).isSameFile(as: identity))
    #expect(FileIdentity.of(path: folder.path + "/none") == nil)
  }
}
