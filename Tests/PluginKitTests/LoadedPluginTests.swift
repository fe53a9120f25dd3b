import Tensors
import Testing

@testable import PluginKit

/// Tables, manifests and files that are no plugin: each is one error, and the program goes on.
@Suite struct LoadedPluginTests {
  @Test(arguments: [
    ("MAGIC=1", "wrong-magic"), ("MAJOR=2", "abi-version"), ("MINOR=1", "abi-version"),
    ("SIZE=80", "table-too-short"), ("NO_PROBE", "function-missing"),
    ("NO_ENTRY", "no-entry-symbol"), ("MANIFEST=\"no JSON\"", "manifest-malformed"),
    ("MANIFEST=\"{\\\"id\\\":\\\"bad\\\",\\\"licence\\\":\\\"MIT\\\"}\"", "manifest-key-unknown"),
    ("MANIFEST=\"{\\\"id\\\":\\\"bad\\\"}\"", "manifest-key-missing"),
  ])
  func tableIsRefused(define: String, reason: String) throws {
    let folder = try TemporaryFolder()
    let path = try CompiledPlugin.build([define], in: folder)
    let failure = failure { _ = try LoadedPlugin(library: path) }
    #expect(failure?.code == .pluginFailed)
    #expect(failure?.reason == reason)
    #expect(failure?.text.contains(path) == true)
  }

  @Test func correctTableIsTaken() throws {
    let folder = try TemporaryFolder()
    let plugin = try LoadedPlugin(library: try CompiledPlugin.build(in: folder))
    #expect(plugin.manifest.id == "bad")
    #expect(plugin.manifest.extensions == ["bad"])
    #expect(!plugin.canWrite)
  }

  @Test func idMustBeThatOfTheFile() throws {
    let manifest = try PluginManifest(
      json: Array(
        #"{"id":"a","name":"A","version":"1.2.3","summary":"s","license":"MIT","extensions":["a"]}"#
          .utf8))
    #expect(manifest.id == "a")
    let folder = try TemporaryFolder()
    let text = manifest.jsonText.split(separator: "\"").joined(separator: "\\\"")
    let path = try CompiledPlugin.build(["MANIFEST=\"\(text)\""], in: folder)
    #expect(failure { _ = try LoadedPlugin(library: path) }?.reason == "manifest-id")
  }

  @Test(arguments: [
    (#""id":"A""#, "manifest-malformed"), (#""version":"1.0""#, "manifest-malformed"),
    (#""version":"1.0.x""#, "manifest-malformed"), (#""extensions":[]"#, "manifest-malformed"),
    (#""extensions":["a.b"]"#, "manifest-malformed"), (#""extensions":[1]"#, "manifest-malformed"),
    (#""name":"a\nb""#, "manifest-malformed"), (#""summary":5"#, "manifest-malformed"),
    (#""more":1"#, "manifest-key-unknown"), (#""id":"a","id":"a""#, "manifest-malformed"),
  ])
  func manifestIsStrict(member: String, reason: String) {
    var members = [
      "id": #""a""#, "name": #""A""#, "version": #""1.2.3""#, "summary": #""s""#,
      "license": #""MIT""#, "extensions": #"["a"]"#,
    ]
    for key in members.keys where member.hasPrefix("\"\(key)\"") { members[key] = nil }
    let rest = members.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
    let failure = failure { _ = try PluginManifest(json: Array("{\(member),\(rest)}".utf8)) }
    #expect(failure?.reason == reason)
  }

  @Test func textFileIsNoLibrary() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("libingot_text.so", "not an ELF file")
    #expect(failure { _ = try LoadedPlugin(library: path) }?.reason == "not-a-shared-library")
  }

  @Test func damagedLibraryIsNotLoadable() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("libingot_elf.so", [0x7F, 0x45, 0x4C, 0x46, 0, 0, 0, 0])
    #expect(failure { _ = try LoadedPlugin(library: path) }?.reason == "plugin-not-loadable")
  }

  @Test func otherFileNameIsRefused() throws {
    let failure = failure { _ = try LoadedPlugin(library: "libBad.so") }
    #expect(failure?.reason == "plugin-name")
  }

  @Test func staticallyLinkedEntryIsTaken() throws {
    #expect(
      failure { _ = try LoadedPlugin(id: "none", entry: { nil }) }?.reason == "entry-returned-null")
  }
}
