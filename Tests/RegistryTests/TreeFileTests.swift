import Tensors
import Testing

@testable import Registry

@Suite struct TreeFiles {
  /// The bytes that Python's `json.dump(…, indent=1)` writes in huggingface_hub 2.4.0.
  @Test func textIsThatOfHuggingFaceHub() throws {
    let config = try #require(GitObjectID(hex: Known.configGit))
    let pointer = try #require(GitObjectID(hex: Known.weightsPointerGit))
    let weights = try #require(Digest(hex: Known.weightsSHA256))
    let entries = [
      TreeEntry(
        path: try RepoFilePath("\u{E9}\u{1F600}"), byteCount: 3, gitID: config, sha256: nil),
      TreeEntry(path: try RepoFilePath("a \"b\""), byteCount: 9, gitID: pointer, sha256: weights),
    ]
    #expect(
      TreeFile.text(entries) == #"""
        {
         "format_version": 1,
         "files": {
          "a \"b\"": {
           "size": 9,
           "blob_id": "\#(Known.weightsPointerGit)",
           "lfs_sha256": "\#(Known.weightsSHA256)",
           "lfs_size": 9
          },
          "\u00e9\ud83d\ude00": {
           "size": 3,
           "blob_id": "\#(Known.configGit)"
          }
         }
        }
        """#)
    let parsed = try TreeFile.parse(Array(TreeFile.text(entries).utf8))
    #expect(parsed == entries.sorted { $0.path < $1.path })
  }

  @Test func membersThatOthersAddAreIgnored() throws {
    let text =
      #"{"format_version":1,"x":[1],"files":{"a":{"size":1,"blob_id":"ID","xet_hash":"z"}}}"#
      .replacing("ID", with: Known.configGit)
    #expect(try TreeFile.parse(Array(text.utf8)).map(\.path.text) == ["a"])
  }

  @Test(arguments: [
    ("", "json-syntax"), ("[]", "tree-invalid"), ("{}", "tree-invalid"),
    (#"{"format_version":2,"files":{}}"#, "tree-format-version"),
    (#"{"format_version":1}"#, "tree-invalid"),
    (#"{"format_version":1,"files":{"../x":{"size":1,"blob_id":"ID"}}}"#, "file-name-invalid"),
    (#"{"format_version":1,"files":{"/x":{"size":1,"blob_id":"ID"}}}"#, "file-name-invalid"),
    (#"{"format_version":1,"files":{"x":{"size":-1,"blob_id":"ID"}}}"#, "tree-invalid"),
    (#"{"format_version":1,"files":{"x":{"size":1e3,"blob_id":"ID"}}}"#, "tree-invalid"),
    (
      #"{"format_version":1,"files":{"x":{"size":99999999999999999999,"blob_id":"ID"}}}"#,
      "tree-invalid"
    ),
    (#"{"format_version":1,"files":{"x":{"size":1,"blob_id":"0967ef"}}}"#, "tree-invalid"),
    (#"{"format_version":1,"files":{"x":{"size":1}}}"#, "tree-invalid"),
    (
      #"{"format_version":1,"files":{"x":{"size":1,"blob_id":"ID","lfs_sha256":"00"}}}"#,
      "tree-invalid"
    ),
    (#"{"format_version":1,"files":{"x":{"size":1,"blob_id":"ID"},"x":{}}}"#, "duplicate-key"),
  ]) func refused(_ text: String, _ expected: String) {
    let bytes = Array(text.replacing("ID", with: Known.configGit).utf8)
    #expect(reason { try TreeFile.parse(bytes) } == expected)
  }

  @Test func sizeInLFSMustBeTheSize() {
    let text =
      #"{"format_version":1,"files":{"x":{"size":1,"blob_id":"\#(Known.configGit)","#
      + #""lfs_sha256":"\#(Known.weightsSHA256)","lfs_size":2}}}"#
    #expect(reason { try TreeFile.parse(Array(text.utf8)) } == "tree-invalid")
  }
}
