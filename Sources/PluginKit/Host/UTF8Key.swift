extension String {
  /// A string that is equal to another only if their bytes are: `String` itself holds "é" and "e"
  /// followed by a combining accent for equal, and a file may hold both names.
  struct UTF8Key: Hashable {
    let text: String

    static func == (left: UTF8Key, right: UTF8Key) -> Bool {
      left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
      var text = text
      text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
  }

  /// This string, compared by its bytes.
  var utf8Key: UTF8Key { UTF8Key(text: self) }
}
