import Foundation
import Registry
import Tensors

/// A registry and folders to publish, below a temporary folder that goes with this object.
final class Sandbox: Sendable {
  let path: String
  let registry: ModelRegistry
  let repo: RepoID

  init() throws {
    path = NSTemporaryDirectory() + "ingot-registry-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    registry = ModelRegistry(root: path + "/registry")
    repo = try RepoID("acme/tiny")
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The repo's folder in the registry.
  var repoPath: String { registry.root + "/models--acme--tiny" }

  /// A folder with `files`, by relative path, to publish.
  func folder(_ name: String, _ files: [String: String]) throws -> String {
    let folder = path + "/" + name
    for (file, text) in files { try write(text, folder + "/" + file) }
    return folder
  }

  /// A small model: one file in LFS, one outside, one in a folder.
  func model(_ name: String = "model", weights: String = "weights-1") throws -> String {
    try folder(
      name, ["config.json": "{}\n", "model.safetensors": weights, "sub/vocab.txt": "hello\n"])
  }

  /// Publishes the small model.
  @discardableResult
  func publishModel(
    _ name: String = "model", weights: String = "weights-1", revision: String = "main",
    tags: [String] = [], options: PublishOptions = PublishOptions()
  ) throws -> Publication {
    try registry.publish(
      folder: model(name, weights: weights), to: repo, revision: RevisionName(revision),
      tags: tags.map { try RevisionName($0) }, options: options)
  }

  /// Writes a file with the folders above it, replacing what is there.
  func write(_ text: String, _ path: String) throws { try write(Array(text.utf8), path) }

  func write(_ bytes: [UInt8], _ path: String) throws {
    let url = URL(filePath: path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? FileManager.default.removeItem(at: url)
    try Data(bytes).write(to: url)
  }

  func read(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }

  func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }

  func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func link(_ path: String, to target: String) throws {
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
  }

  func target(of path: String) throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: path)
  }

  func exists(_ path: String) -> Bool {
    (try? FileManager.default.attributesOfItem(atPath: path)) != nil
  }

  func names(in path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  func attributes(_ path: String) throws -> (inode: UInt64, mode: Int) {
    let found = try FileManager.default.attributesOfItem(atPath: path)
    return (
      (found[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0,
      (found[.posixPermissions] as? NSNumber)?.intValue ?? 0
    )
  }

  /// Everything below `path` with its content or link: equal trees give equal lists.
  func listing(_ path: String) throws -> [String] {
    guard let names = FileManager.default.subpaths(atPath: path) else { return [] }
    return try names.sorted().map { name in
      let place = path + "/" + name
      if let target = try? target(of: place) { return "\(name) -> \(target)" }
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: place, isDirectory: &isFolder)
      return isFolder.boolValue ? name : "\(name): \(try read(place))"
    }
  }

  /// A copy of a tree, links as links: what a process that dies now would leave.
  func copy(_ path: String, to target: String) throws {
    try FileManager.default.copyItem(atPath: path, toPath: target)
  }
}

/// The names that content of the small model has in the registry, computed with Python's hashlib.
enum Known {
  static let configGit = "0967ef424bce6791893e9a57bb952f80fd536e93"
  static let vocabGit = "ce013625030ba8dba906f756967f9e9ca394464a"
  static let weightsSHA256 = "d6d6b238a083cd70d9cca3b4232e0289a0dc5cfaa9644d8af7601f92b5c76f4f"
  static let weightsPointerGit = "ba1ef0ad3305f527953bb43ac305a9cd4d068cbb"
}

/// The reason of the error that `body` throws; nil if it throws none.
func reason<T>(_ body: () throws -> T) -> String? {
  do {
    _ = try body()
    return nil
  } catch let error as ModelError {
    return error.reason
  } catch {
    return "\(error)"
  }
}
