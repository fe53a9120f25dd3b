import Glibc
import Testing

@testable import Tensors

@Suite struct ModelErrorTests {
  @Test func theDescriptionIsOneLineWithTheContext() {
    let error = ModelError(
      .malformed, "some-reason", "too long", file: "a.gguf", tensor: "w", offset: 12)
    #expect(error.description == "a.gguf: tensor w: at byte 12: too long [some-reason]")
  }

  @Test func namesCannotMoveTheCursorOrBreakTheLine() {
    let error = ModelError(
      .malformed, "r", "bad\u{1B}[31m\u{7}", file: "a\nb", tensor: "\u{202E}evil\u{2028}\u{85}")
    let text = error.description
    #expect(
      text == "a\\u{a}b: tensor \\u{202e}evil\\u{2028}\\u{85}: bad\\u{1b}[31m\\u{7} [r]")
  }

  @Test func ordinaryTextIsLeftAlone() {
    #expect(escapingControls("blk.0.attn é 漢字 😀") == "blk.0.attn é 漢字 😀")
    #expect(
      escapingControls("\u{0}\u{9}\u{D}\u{7F}\u{200B}") == "\\u{0}\\u{9}\\u{d}\\u{7f}\\u{200b}")
  }

  @Test func theInnermostContextWins() {
    let error = ModelError(.io, "r", "m", file: "inner").at(file: "outer", tensor: "t")
    #expect(error.context == ModelError.Context(file: "inner", tensor: "t"))
  }

  @Test(arguments: [
    (ENOENT, ModelError.Code.notFound, "no-such-file"), (ENOTDIR, .notFound, "no-such-file"),
    (ENOSPC, .io, "disk-full"), (EDQUOT, .io, "disk-full"), (EFBIG, .io, "file-too-large"),
    (EACCES, .io, "permission-denied"), (EROFS, .io, "read-only"),
    (EMFILE, .io, "too-many-open-files"), (EIO, .io, "system-error"),
    (ENAMETOOLONG, .io, "name-too-long"), (ELOOP, .io, "symbolic-link"),
  ])
  func systemErrorsHaveStableReasons(number: Int32, code: ModelError.Code, reason: String) {
    let error = ModelError.system("cannot do it", "/p", errno: number)
    #expect(error.code == code)
    #expect(error.reason == reason)
    #expect(error.context.file == "/p")
  }

  @Test func metadataIntegersFitOrAreNil() {
    #expect(MetadataValue.uint64(UInt64(1) << 63).integer == nil)
    #expect(MetadataValue.uint64(7).integer == 7)
    #expect(MetadataValue.int8(-3).integer == -3)
    #expect(MetadataValue.float32(1).integer == nil)
    #expect(MetadataValue.string("1").integer == nil)
  }
}
