import Testing

@testable import Registry

@Suite struct RepoNames {
  @Test(arguments: [
    "acme/tiny", "a/b", "_a/b_", "Acme_1/Model-7B.v2", "0/9", "a/b.gitx", "a.b/c-d",
  ]) func accepted(_ text: String) throws {
    #expect(try RepoID(text).text == text)
  }

  @Test(arguments: [
    "", "tiny", "a/b/c", "/b", "a/", "a//b", "-a/b", "a-/b", "a/.b", "a/b.", "a--b/c", "a/b..c",
    "a/b.-c", "a/b-.c", "a/b.git", "a b/c", "a/b\n", "a/b\0", "ä/b", "a/b\\c", "a:b/c", "~/b",
    "../b", "a/..", "a/\u{202E}b",
  ]) func refused(_ text: String) {
    #expect(reason { try RepoID(text) } == "repo-name-invalid")
  }

  @Test func segmentsHaveAtMost96Characters() throws {
    let longest = String(repeating: "x", count: 96)
    #expect(try RepoID(longest + "/" + longest).folderName.utf8.count == 202)
    #expect(reason { try RepoID(longest + "x/a") } == "repo-name-invalid")
  }

  @Test func folderNamesGoBothWays() throws {
    #expect(try RepoID("acme/tiny-1").folderName == "models--acme--tiny-1")
    #expect(RepoID(folderName: "models--acme--tiny-1")?.text == "acme/tiny-1")
  }

  @Test(arguments: [
    "models--gpt2", "datasets--acme--tiny", "models--a--b--c", "models----", "models--a--", "",
    "models--a/b--c", ".locks",
  ]) func otherFoldersAreNoRepos(_ name: String) {
    #expect(RepoID(folderName: name) == nil)
  }
}

@Suite struct RevisionNames {
  @Test(arguments: [
    "main", "v1.0", "release/1", "refs/pr/1", "a-b_c", "été", "@a", "a@b", "x.lockx",
  ])
  func accepted(_ text: String) throws {
    #expect(try RevisionName(text).commit == nil)
  }

  @Test(arguments: [
    "", ".", "..", "a/..", "../evil", "../../evil", "/a", "a/", "a//b", ".a", "a/.b", "a.lock",
    "a.lock/b", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a.", "a@{b", "@",
    "-a", "HEAD", "a\n", "a\u{7F}", "a\0b", "a\u{200E}b",
  ]) func refused(_ text: String) {
    #expect(reason { try RevisionName(text) } == "revision-name-invalid")
  }

  @Test func aCommitIsFortyLowerCaseDigits() throws {
    let hex = "0123456789abcdef0123456789abcdef01234567"
    #expect(try RevisionName(hex).commit?.hex == hex)
    #expect(reason { try RevisionName(hex.uppercased()) } == "revision-name-invalid")
    #expect(try RevisionName(String(hex.dropLast())).commit == nil)
  }

  @Test func partsLeaveRoomForATemporarySuffix() throws {
    #expect(try RevisionName(String(repeating: "a", count: 240)).text.utf8.count == 240)
    #expect(
      reason { try RevisionName(String(repeating: "a", count: 241)) } == "revision-name-invalid")
  }
}

@Suite struct FileNames {
  @Test(arguments: [
    "config.json", "a/b/c", ".gitattributes", ".hidden/x", "ünï.txt", "a b", "..a", "a..", "-x",
    "gitx/.git2",
  ]) func accepted(_ text: String) throws {
    #expect(try RepoFilePath(text).text == text)
  }

  @Test(arguments: [
    "", ".", "..", "a/..", "../a", "a/../b", "/a", "a/", "a//b", "./a", "a/./b", "a\\b", "..\\a",
    "C:a", "C:/a", "a:b", "//server/x", "\\\\server\\x", "a\nb", "a\0b", "a\u{7F}", "a\u{9B}",
    ".git/config", "a/.git/b", ".GIT/x", ".cache/huggingface/x", "a\u{2028}b",
  ]) func refused(_ text: String) {
    #expect(reason { try RepoFilePath(text) } == "file-name-invalid")
  }

  @Test func boundsAreTheFileSystems() throws {
    let longest = String(repeating: "a", count: 255)
    #expect(try RepoFilePath(longest).text.utf8.count == 255)
    #expect(reason { try RepoFilePath(longest + "a") } == "file-name-invalid")
    let deepest = Array(repeating: "a", count: 32).joined(separator: "/")
    #expect(try RepoFilePath(deepest).parts.count == 32)
    #expect(reason { try RepoFilePath(deepest + "/a") } == "file-name-invalid")
    let wide = Array(repeating: String(repeating: "a", count: 250), count: 5).joined(separator: "/")
    #expect(reason { try RepoFilePath(wide) } == "file-name-invalid")
  }

  @Test func linksClimbOnceForEachFolder() throws {
    let blob = try #require(BlobName(Known.configGit))
    #expect(try RepoFilePath("a").linkTarget(to: blob) == "../../blobs/" + Known.configGit)
    #expect(
      try RepoFilePath("a/b/c").linkTarget(to: blob) == "../../../../blobs/" + Known.configGit)
  }

  @Test func spellingsOfOneAccentAreTwoFiles() throws {
    #expect(try RepoFilePath("\u{E9}") != RepoFilePath("e\u{301}"))
  }
}

@Suite struct BlobNames {
  @Test(arguments: ["", "xyz", "0967EF424BCE6791893E9A57BB952F80FD536E93", "weak-etag-123", "../x"])
  func refused(_ text: String) {
    #expect(BlobName(text) == nil)
  }

  @Test func lengthTellsTheKind() {
    #expect(BlobName(Known.configGit) == GitObjectID(hex: Known.configGit).map { .git($0) })
    #expect(BlobName(Known.weightsSHA256)?.text == Known.weightsSHA256)
  }
}
