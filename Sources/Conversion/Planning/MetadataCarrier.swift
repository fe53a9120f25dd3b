public import Tensors

/// Carries typed metadata through a container that holds only strings, and back.
///
/// One string entry holds a JSON array of `[key, type, value]`, in order. So GGUF to safetensors to
/// GGUF loses no key, type or order. Numbers that JSON cannot write are bit patterns.
public enum MetadataCarrier {
  /// The entry's key.
  static let key = "ingot.metadata"

  /// `entries` as strings: strings stay entries of their own, everything is in the carrier.
  static func packed(_ entries: [MetadataEntry]) -> [MetadataEntry] {
    let json = JSONValue.array(
      entries.map { entry in
        let (type, value) = MetadataJSON.write(entry.value)
        return .array([.string(entry.key), .string(type), value])
      })
    let strings = entries.filter { $0.value.string != nil }
    return strings + [MetadataEntry(key, .string(json.compactText))]
  }

  /// The layout of a file with `index`: typed metadata where the container holds them, carried in a
  /// string where it holds only strings. Throws what the format says.
  static func layout(of index: ContainerIndex, by format: any ContainerFormat) throws(ModelError)
    -> ContainerLayout
  {
    do throws(ModelError) {
      return try format.layout(of: index)
    } catch {
      guard error.reason == "metadata-not-string" else { throw error }
      return try format.layout(
        of: ContainerIndex(tensors: index.tensors, metadata: packed(index.metadata)))
    }
  }

  /// The entries that `packed` was given, if a carrier is there; `entries` otherwise.
  ///
  /// Throws `malformed` (`metadata-carrier`) for a carrier that Ingot did not write.
  public static func unpacked(_ entries: [MetadataEntry]) throws(ModelError) -> [MetadataEntry] {
    guard let text = entries[key]?.string else { return entries }
    let json: JSONValue
    do throws(ModelError) {
      json = try JSONValue.parse(Array(text.utf8))
    } catch {
      throw broken(error)
    }
    guard let items = json.array else { throw broken() }
    var result: [MetadataEntry] = []
    for item in items {
      guard let parts = item.array, parts.count == 3, let key = parts[0].string,
        let type = parts[1].string, let value = MetadataJSON.read(type, parts[2])
      else { throw broken() }
      result.append(MetadataEntry(key, value))
    }
    return merged(result, visible: entries)
  }

  /// What somebody added or changed among the visible strings since counts.
  private static func merged(_ carried: [MetadataEntry], visible: [MetadataEntry])
    -> [MetadataEntry]
  {
    var result = carried
    for entry in visible where entry.key != key {
      if let index = result.firstIndex(where: { $0.key == entry.key }) {
        if result[index].value.string != nil { result[index].value = entry.value }
      } else {
        result.append(entry)
      }
    }
    return result
  }

  private static func broken(_ cause: ModelError? = nil) -> ModelError {
    ModelError(
      .malformed, "metadata-carrier", "\"\(key)\" is not what Ingot writes there", cause: cause)
  }
}
