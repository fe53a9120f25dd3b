internal import Tensors

/// One object of a manifest, read strictly: members are there, known, and of the right type.
struct ManifestObject {
  private let json: JSONValue
  private let place: String

  init(_ json: JSONValue, at place: String) {
    self.json = json
    self.place = place
  }

  /// Throws unless this is an object whose members are all among `names`.
  func allow(_ names: [String]) throws(ModelError) {
    guard let members = json.object else { throw wrong("is not an object") }
    if let unknown = members.keys.sorted().first(where: { !names.contains($0) }) {
      throw wrong("has the unknown member \"\(unknown)\"")
    }
  }

  func value(_ name: String) throws(ModelError) -> JSONValue {
    guard let value = json[name] else { throw wrong("lacks \"\(name)\"") }
    return value
  }

  func isNull(_ name: String) -> Bool { json[name] == .null }

  func string(_ name: String) throws(ModelError) -> String {
    guard let text = try value(name).string else { throw wrong("\"\(name)\" is not a string") }
    return text
  }

  func bool(_ name: String) throws(ModelError) -> Bool {
    guard case .bool(let value) = try value(name) else {
      throw wrong("\"\(name)\" is not a boolean")
    }
    return value
  }

  func integer(_ name: String) throws(ModelError) -> Int {
    guard let number = try value(name).integer, number >= 0 else {
      throw wrong("\"\(name)\" is not a whole number of at least 0")
    }
    return number
  }

  func integers(_ name: String) throws(ModelError) -> [Int] {
    guard let elements = try value(name).array else { throw wrong("\"\(name)\" is not an array") }
    var result: [Int] = []
    for element in elements {
      guard let number = element.integer else {
        throw wrong("\"\(name)\" has an element that is not a whole number")
      }
      result.append(number)
    }
    return result
  }

  func strings(_ name: String) throws(ModelError) -> [String] {
    guard let elements = try value(name).array else { throw wrong("\"\(name)\" is not an array") }
    var result: [String] = []
    for element in elements {
      guard let text = element.string else {
        throw wrong("\"\(name)\" has an element that is not a string")
      }
      result.append(text)
    }
    return result
  }

  func double(_ name: String) throws(ModelError) -> Double {
    guard let number = try value(name).double, number.isFinite else {
      throw wrong("\"\(name)\" is not a finite number")
    }
    return number
  }

  func digest(_ name: String) throws(ModelError) -> Digest {
    guard let digest = Digest(hex: try string(name)) else {
      throw ModelError(
        .malformed, "manifest-digest",
        "\"\(name)\" of \(place) is not 64 lower-case hexadecimal digits")
    }
    return digest
  }

  func elementType(_ name: String) throws(ModelError) -> ElementType {
    guard let type = ElementType(rawValue: try string(name)) else {
      throw wrong("\"\(name)\" is no known encoding")
    }
    return type
  }

  func object(_ name: String, _ members: [String]) throws(ModelError) -> ManifestObject {
    let object = ManifestObject(try value(name), at: "\"\(name)\"")
    try object.allow(members)
    return object
  }

  /// A member that may be left out; nil if it is.
  func objectIfThere(_ name: String, _ members: [String]) throws(ModelError) -> ManifestObject? {
    json[name] == nil ? nil : try object(name, members)
  }

  func objects<Result>(
    _ name: String, _ members: [String],
    _ read: (ManifestObject) throws(ModelError) -> Result
  ) throws(ModelError) -> [Result] {
    guard let elements = try value(name).array else { throw wrong("\"\(name)\" is not an array") }
    var result: [Result] = []
    for (index, element) in elements.enumerated() {
      let object = ManifestObject(element, at: "\"\(name)\"[\(index)]")
      try object.allow(members)
      result.append(try read(object))
    }
    return result
  }

  private func wrong(_ what: String) -> ModelError {
    ModelError(.malformed, "manifest-member", "\(place) \(what)")
  }
}
