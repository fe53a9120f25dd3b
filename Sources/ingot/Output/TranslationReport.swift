internal import Dialects
internal import Tensors

/// What a translation left out, made or assumed.
struct TranslationReport {
  private let translation: Translation
  private let format: OutputFormat

  init(_ translation: Translation, format: OutputFormat) {
    self.translation = translation
    self.format = format
  }

  /// People are told on standard error; JSON has a line for each note on standard output.
  func show() {
    switch format {
    case .quiet: break
    case .json:
      for note in translation.notes {
        Terminal.print(
          .object([
            "event": .string("translation"), "architecture": .string(translation.architecture),
            "kind": .string(note.kind.rawValue), "name": .string(note.name),
            "reason": .string(note.reason),
          ]))
      }
    case .human:
      Terminal.say("translated by the architecture file \(translation.architecture)")
      for note in translation.notes {
        Terminal.say(
          "  \(words(note.kind)) \(escapingControls(note.name)): \(escapingControls(note.reason))")
      }
    }
  }

  private func words(_ kind: TranslationNote.Kind) -> String {
    switch kind {
    case .droppedTensor: "left out: the tensor"
    case .generatedTensor: "made: the tensor"
    case .droppedKey: "left out:"
    case .assumedValue: "assumed:"
    }
  }
}
