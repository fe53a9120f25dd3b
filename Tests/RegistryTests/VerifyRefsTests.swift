import Registry
import Tensors
import Testing

@Suite struct VerifyingListings {
  private func findings(_ edit: (String) -> String?) throws -> [Finding] {
    let sandbox = try Sandbox()
    let publication = try sandbox.publishModel()
    let path = sandbox.repoPath + "/trees/\(publication.commit).json"
    if let text = edit(try sandbox.read(path)) {
      try sandbox.write(text, path)
    } else {
      try sandbox.remove(path)
    }
    return try sandbox.registry.verify().findings
  }

  @Test func missing() throws {
    #expect(try findings { _ in nil }.map(\.kind) == [.treeMissing])
  }

  @Test func cutShort() throws {
    #expect(try findings { String($0.dropLast(2)) }.map(\.kind) == [.treeMalformed])
  }

  @Test func aPathThatEscapes() throws {
    let found = try findings { $0.replacing("config.json", with: "../config.json") }
    #expect(found.map(\.kind) == [.treeMalformed])
  }

  @Test func anEntryRemoved() throws {
    let found = try findings { _ in "{\"format_version\": 1, \"files\": {}}" }
    #expect(found.map(\.kind) == [.extraFile, .extraFile, .extraFile])
  }

  @Test func anEntryAdded() throws {
    let found = try findings {
      $0.replacing(
        "\"files\": {",
        with: "\"files\": {\"new\": {\"size\": 1, \"blob_id\": \"\(Known.configGit)\"},")
    }
    #expect(found.map(\.kind) == [.fileMissing])
  }

  @Test func aSizeEdited() throws {
    let found = try findings { $0.replacing("\"size\": 3", with: "\"size\": 4") }
    #expect(found.map(\.kind) == [.blobSizeWrong])
  }

  @Test func aDigestEdited() throws {
    let other = "0" + Known.weightsSHA256.dropFirst()
    let found = try findings { $0.replacing(Known.weightsSHA256, with: other) }
    #expect(found.map(\.kind) == [.linkDisagrees, .treeDisagrees])
  }

  @Test func aGitIDEdited() throws {
    let other = "0" + Known.weightsPointerGit.dropFirst()
    let found = try findings { $0.replacing(Known.weightsPointerGit, with: other) }
    #expect(found.map(\.kind) == [.treeDisagrees])
  }
}

@Suite struct VerifyingRefs {
  typealias Row = (content: String, kind: Finding.Kind)

  static let commit = String(repeating: "ab", count: 20)
  static let rows: [Row] = [
    ("", .refEmpty), (commit + "\n", .refNewline), (commit + "\r\n", .refNewline),
    (String(commit.dropLast()), .refNotACommit), (commit + "a", .refNotACommit),
    (commit.uppercased(), .refNotACommit), ("../../../etc/passwd", .refNotACommit),
    ("ref: refs/heads/main", .refNotACommit), (commit, .refDangling),
    (String(repeating: "a", count: 5000), .refNotACommit),
  ]

  @Test(arguments: rows.indices) func content(_ index: Int) throws {
    let row = Self.rows[index]
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    try sandbox.write(row.content, sandbox.repoPath + "/refs/broken")
    let found = try sandbox.registry.verify().findings
    #expect(found.map(\.kind) == [row.kind])
    #expect(found.first?.refs == ["broken"])
    #expect(
      try sandbox.registry.verify(sandbox.repo, revision: RevisionName("broken")).findings == found)
    #expect(reason { try sandbox.registry.resolve(sandbox.repo, RevisionName("broken")) } != nil)
    #expect(try sandbox.registry.verify(sandbox.repo, revision: .main).findings.isEmpty)
  }

  @Test func aFolder() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    try sandbox.remove(sandbox.repoPath + "/refs/main")
    try sandbox.makeFolder(sandbox.repoPath + "/refs/main")
    let found = try sandbox.registry.verify().findings
    #expect(found.map(\.kind) == [.refNotAFile])
    #expect(
      try sandbox.registry.verify(sandbox.repo, revision: .main).findings.map(\.kind)
        == [.refNotAFile])
  }

  @Test func aLink() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    try sandbox.link(sandbox.repoPath + "/refs/alias", to: "main")
    #expect(try sandbox.registry.verify().findings.map(\.kind) == [.refNotAFile])
  }

  @Test func whatAKilledDownloadLeaves() throws {
    let sandbox = try Sandbox()
    let publication = try sandbox.publishModel()
    try sandbox.write(publication.commit.hex, sandbox.repoPath + "/refs/main.ab12cd34.tmp")
    #expect(try sandbox.registry.verify().findings.map(\.kind) == [.refNameInvalid])
  }

  @Test func aFileInPlaceOfTheFolder() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    try sandbox.remove(sandbox.repoPath + "/refs")
    try sandbox.write("x", sandbox.repoPath + "/refs")
    #expect(try sandbox.registry.verify().findings.map(\.kind) == [.repoDamaged])
    let listed = try sandbox.registry.list().repos
    #expect(listed.first?.problem?.reason == "not-a-folder")
  }
}
