internal import Tensors

/// Changes of metadata in a manifest: `key`, and `value` as `TYPE:VALUE`, null for a key that is gone.
extension Manifest {
  static func json(_ edit: MetadataEdit) -> JSONValue {
    .object(["key": .string(edit.key), "value": edit.typed.map { .string($0) } ?? .null])
  }

  /// Throws `malformed` (`manifest-member`) for what is no exact value of a type.
  static func edit(_ object: ManifestObject) throws(ModelError) -> MetadataEdit {
    let key = try object.string("key")
    if object.isNull("value") { return .remove(key: key) }
    let text = try object.string("value")
    func wrong(_ cause: ModelError?) -> ModelError {
      ModelError(
        .malformed, "manifest-member", "the new value of \"\(key)\" is no TYPE:VALUE",
        cause: cause)
    }
    let edit: MetadataEdit
    do throws(ModelError) {
      edit = try MetadataEdit(key: key, typed: text)
    } catch {
      throw wrong(error)
    }
    guard case .set = edit, edit.typed == text else { throw wrong(nil) }
    return edit
  }
}
