import Glibc
import Testing

@testable import Registry

@Suite struct RegistryFileTests {
  @Test func filesOfARegistryAreKnownByPlaceAndByLink() throws {
    let sandbox = try Sandbox()
    let base = try #require(realpath(sandbox.path, nil))
    defer { free(base) }
    let root = String(cString: base)
    let repo = root + "/hub/models--a--b"
    for folder in ["", "/models--a--b", "/models--a--b/blobs", "/models--a--b/snapshots"] {
      try #require(mkdir(root + "/hub" + folder, 0o755) == 0)
    }
    try #require(close(open(repo + "/blobs/x", O_CREAT | O_WRONLY, 0o644)) == 0)
    try #require(symlink("../blobs/x", repo + "/snapshots/m.gguf") == 0)
    try #require(symlink(repo + "/snapshots/m.gguf", root + "/far.gguf") == 0)
    try #require(symlink(repo, root + "/near") == 0)
    for path in [
      repo + "/blobs/x", repo + "/snapshots/m.gguf", root + "/far.gguf", root + "/near/blobs/x",
      repo + "/snapshots/none",
    ] {
      #expect(RegistryFile.repoFolder(holding: path) == repo, "\(path)")
    }
    for path in [root + "/none", root, repo, repo + "/refs", "x", ""] {
      #expect(RegistryFile.repoFolder(holding: path) == nil, "\(path)")
    }
  }
}
