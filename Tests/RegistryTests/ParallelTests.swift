import Foundation
import Registry
import Tensors
import Testing

/// Several publishers at a time, each on a thread of its own.
@Suite struct Publishers {
  /// Runs `body` for each index at the same time, and returns the reasons of its errors.
  private func together(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) -> [String]
  {
    let failures = Recorder<String>()
    let group = DispatchGroup()
    for index in 0..<count {
      group.enter()
      Thread.detachNewThread {
        if let failure = reason({ try body(index) }) { failures.add(failure) }
        group.leave()
      }
    }
    group.wait()
    return failures.all
  }

  @Test func sameContent() throws {
    let sandbox = try Sandbox()
    let folder = try sandbox.model()
    let commits = Recorder<GitObjectID>()
    let failures = together(20) { _ in
      commits.add(try sandbox.registry.publish(folder: folder, to: sandbox.repo).commit)
    }
    #expect(failures.isEmpty)
    #expect(Set(commits.all).count == 1)
    #expect(try sandbox.names(in: sandbox.repoPath + "/blobs").count == 3)
    #expect(try sandbox.names(in: sandbox.repoPath + "/snapshots").count == 1)
    #expect(try sandbox.names(in: sandbox.repoPath) == ["blobs", "refs", "snapshots", "trees"])
    #expect(try sandbox.registry.verify().findings == [])
  }

  @Test func differentContent() throws {
    let sandbox = try Sandbox()
    let folders = try (0..<6).map { try sandbox.model("m\($0)", weights: "weights-\($0)") }
    let commits = Recorder<GitObjectID>()
    let failures = together(folders.count) { index in
      commits.add(try sandbox.registry.publish(folder: folders[index], to: sandbox.repo).commit)
    }
    #expect(failures.isEmpty)
    #expect(Set(commits.all).count == folders.count)
    #expect(commits.all.contains(try sandbox.registry.resolve(sandbox.repo).commit))
    #expect(try sandbox.names(in: sandbox.repoPath + "/snapshots").count == folders.count)
    // Every commit but the last has a ref of its own now.
    #expect(
      try sandbox.names(in: sandbox.repoPath + "/refs/history").count == folders.count - 1)
    #expect(try sandbox.registry.verify().findings == [])
  }

  @Test func onlyOneOfThoseThatExpectTheOldCommitWins() throws {
    let sandbox = try Sandbox()
    let old = try sandbox.publishModel()
    let folders = try (0..<5).map { try sandbox.model("m\($0)", weights: "new-\($0)") }
    let failures = together(folders.count) { index in
      var options = PublishOptions()
      options.expectedCommit = .commit(old.commit)
      _ = try sandbox.registry.publish(folder: folders[index], to: sandbox.repo, options: options)
    }
    #expect(failures == Array(repeating: "unexpected-commit", count: folders.count - 1))
  }

  @Test func aReaderSeesTheOldOrTheNewWhole() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    let folders = try (0..<8).map { try sandbox.model("m\($0)", weights: "new-\($0)") }
    let failures = together(3) { role in
      if role == 0 {
        for folder in folders {
          _ = try sandbox.registry.publish(folder: folder, to: sandbox.repo)
        }
      } else {
        for _ in 0..<60 {
          let snapshot = try sandbox.registry.resolve(sandbox.repo)
          for file in snapshot.files {
            let bytes = try FileByteSource(path: snapshot.path + "/" + file.path.text)
            #expect(bytes.byteCount == file.byteCount)
          }
        }
      }
    }
    #expect(failures.isEmpty)
  }
}
