import Foundation
import Tensors
import Testing

@testable import Registry

@Suite struct GitObjectIDs {
  @Test func emptyBlob() throws {
    #expect(try GitObjects.id("blob", []).hex == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
  }

  @Test func emptyTree() throws {
    #expect(try GitObjects.tree([]).hex == "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
  }

  @Test func pointerOfAFileInLFS() throws {
    let digest = try #require(Digest(hex: Known.weightsSHA256))
    let pointer = GitObjects.pointer(sha256: digest, byteCount: 9)
    #expect(try GitObjects.id("blob", pointer).hex == Known.weightsPointerGit)
  }

  @Test func dateAndParentMakeAnotherCommit() throws {
    let tree = try GitObjects.tree([])
    let first = try GitObjects.commit(tree: tree, parent: nil, date: 0)
    #expect(try GitObjects.commit(tree: tree, parent: nil, date: 0) == first)
    #expect(try GitObjects.commit(tree: tree, parent: nil, date: 1) != first)
    #expect(try GitObjects.commit(tree: tree, parent: first, date: 0) != first)
  }
}

@Suite struct LFSRules {
  @Test(arguments: [
    "a.safetensors", "sub/b.gguf", "c.bin", "x.tar.gz", "events.out.tfevents.1", "saved_model/a/b",
    "t.lfs.json", "tokenizer.model",
  ]) func byName(_ path: String) throws {
    #expect(try LFSRule.applies(to: RepoFilePath(path), byteCount: 1))
  }

  @Test(arguments: [
    "config.json", "README.md", "bin", "safetensors", ".gitattributes", "a.GGUF.txt",
  ])
  func notByName(_ path: String) throws {
    #expect(try !LFSRule.applies(to: RepoFilePath(path), byteCount: 1))
  }

  @Test func bySize() throws {
    let path = try RepoFilePath("tokenizer.json")
    #expect(!LFSRule.applies(to: path, byteCount: 10 << 20))
    #expect(LFSRule.applies(to: path, byteCount: (10 << 20) + 1))
  }

  @Test func emptyFilesNever() throws {
    #expect(try !LFSRule.applies(to: RepoFilePath("a.safetensors"), byteCount: 0))
  }
}

/// Git itself, given the same pointers and files, must give the same ids.
@Suite(.enabled(if: Git.isInstalled, "git is not installed")) struct GitCrossCheck {
  @Test func commitsAreThoseOfGit() throws {
    let sandbox = try Sandbox()
    // Names around a folder's, where git's order is not that of the plain names.
    let files = [
      "sub/a/deep.txt": "1", "sub/b.json": "2", "sub-a": "3", "sub.txt": "4", "sub0": "5",
      "zero.txt": "", "ünï.txt": "6", "model.safetensors": "weights-1",
    ]
    let first = try sandbox.registry.publish(
      folder: sandbox.folder("one", files), to: sandbox.repo)
    var options = PublishOptions()
    options.date = 1_700_000_000
    let changed = files.merging(["sub/b.json": "22", "new.gguf": "w"]) { $1 }
    let second = try sandbox.registry.publish(
      folder: sandbox.folder("two", changed), to: sandbox.repo, options: options)

    let git = try Git(sandbox.path + "/git")
    let firstID = try git.commit(first.files, from: sandbox.path + "/one", parent: nil, date: 0)
    #expect(first.commit.hex == firstID)
    let secondID = try git.commit(
      second.files, from: sandbox.path + "/two", parent: firstID, date: 1_700_000_000)
    #expect(second.commit.hex == secondID)
  }
}

/// Git's own plumbing in a folder of its own.
struct Git {
  static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/bin/git")

  let path: String

  init(_ path: String) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    _ = try run(["init", "--quiet", "--object-format=sha1"])
  }

  /// Commits `files` with the content in `folder`, as pointers where they are in LFS.
  func commit(
    _ files: [PublishedFile], from folder: String, parent: String?, date: Int
  ) throws -> String {
    _ = try run(["read-tree", "--empty"])
    for file in files {
      var content = try Data(contentsOf: URL(filePath: folder + "/" + file.path.text))
      if case .sha256 = file.blob {
        content = Data(
          """
          version https://git-lfs.github.com/spec/v1
          oid sha256:\(file.sha256)
          size \(content.count)

          """.utf8)
      }
      let id = try run(["hash-object", "-w", "--stdin", "--no-filters"], input: content)
      _ = try run(["update-index", "--add", "--cacheinfo", "100644,\(id),\(file.path.text)"])
    }
    let tree = try run(["write-tree"])
    return try run(
      ["commit-tree", tree, "-m", "Publish"] + (parent.map { ["-p", $0] } ?? []),
      environment: ["AUTHOR", "COMMITTER"].reduce(into: [:]) { variables, role in
        variables["GIT_\(role)_NAME"] = "Ingot"
        variables["GIT_\(role)_EMAIL"] = "ingot@localhost"
        variables["GIT_\(role)_DATE"] = "@\(date) +0000"
      })
  }

  private func run(
    _ arguments: [String], input: Data = Data(), environment: [String: String] = [:]
  ) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/git")
    process.arguments = ["-C", path, "-c", "core.quotePath=false"] + arguments
    process.environment = environment.merging(
      ["GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "HOME": path]) { $1 }
    let (stdin, stdout) = (Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: input)
    try stdin.fileHandleForWriting.close()
    let output = stdout.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ModelError(.io, "git-failed", "git \(arguments) exits \(process.terminationStatus)")
    }
    return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .newlines)
  }
}
