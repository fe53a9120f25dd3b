import Registry
import Synchronization
import Testing

/// A copy of the registry at one step is what a process that is killed there leaves behind.
@Suite struct Crashes {
  /// The registry as it is when a publication that moves `main` reaches `step`, each time it does.
  private func images(
    _ step: PublishStep, _ sandbox: Sandbox, _ options: PublishOptions = PublishOptions()
  ) throws -> [ModelRegistry] {
    let images = Recorder<String>()
    var options = options
    options.threadCount = 1
    options.onStep = { reached in
      guard reached == step else { return }
      let image = sandbox.path + "/image-\(images.all.count)"
      guard (try? sandbox.copy(sandbox.registry.root, to: image)) != nil else { return }
      images.add(image)
    }
    try sandbox.publishModel("two", weights: "weights-2", tags: ["b/v2"], options: options)
    #expect(!images.all.isEmpty, "the step \(step.rawValue) is never reached")
    return images.all.map { ModelRegistry(root: $0) }
  }

  /// Writes a process that is gone into the staging folders, as if the owner had been killed.
  private func bury(_ registry: ModelRegistry, _ sandbox: Sandbox) throws {
    let folder = registry.root + "/models--acme--tiny"
    for name in try sandbox.names(in: folder) where name.hasPrefix(".staging-") {
      let owner = folder + "/" + name + "/owner"
      let host = try sandbox.read(owner).split(separator: "\n")[0]
      try sandbox.write("\(host)\n2147483646\n", owner)
    }
  }

  @Test(arguments: PublishStep.allCases) func theRefIsOldOrNewAndWhole(_ step: PublishStep) throws {
    let sandbox = try Sandbox()
    let old = try sandbox.publishModel()
    for registry in try images(step, sandbox) {
      #expect(try registry.verify().findings == [])
      let new = try sandbox.registry.resolve(sandbox.repo).commit
      let commit = try registry.resolve(sandbox.repo).commit
      #expect(commit == old.commit || commit == new)
    }
  }

  @Test(arguments: PublishStep.allCases) func runningAgainEndsTheSame(_ step: PublishStep) throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    for registry in try images(step, sandbox) {
      try bury(registry, sandbox)
      _ = try registry.publish(
        folder: sandbox.path + "/two", to: sandbox.repo, tags: [RevisionName("b/v2")])
      #expect(try sandbox.listing(registry.root) == sandbox.listing(sandbox.registry.root))
      #expect(try registry.verify().findings == [])
    }
  }

  @Test func theFirstPublicationLeavesNoHalfRepo() throws {
    for step in PublishStep.allCases where step != .stagingRemoved {
      let sandbox = try Sandbox()
      for registry in try images(step, sandbox) {
        #expect(try registry.verify().findings == [])
      }
    }
  }

  @Test func theStagingOfALiveProcessStays() throws {
    let sandbox = try Sandbox()
    let images = try images(.blobSynced, sandbox)
    let registry = try #require(images.first)
    _ = try registry.publish(folder: sandbox.path + "/two", to: sandbox.repo)
    let names = try sandbox.names(in: registry.root + "/models--acme--tiny")
    #expect(names.contains { $0.hasPrefix(".staging-") })
  }

  @Test func downloadsOfOthersStay() throws {
    let sandbox = try Sandbox()
    try sandbox.publishModel()
    let temporary = sandbox.repoPath + "/blobs/\(Known.configGit).0a1b2c3d.incomplete"
    try sandbox.write("half", temporary)
    try sandbox.publishModel("two", weights: "weights-2")
    #expect(try sandbox.read(temporary) == "half")
  }
}
