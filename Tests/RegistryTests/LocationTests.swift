import Registry
import Testing

@Suite struct Locations {
  typealias Row = (environment: [String: String], path: String, origin: RegistryLocation.Origin)

  static let rows: [Row] = [
    (["HOME": "/h"], "/h/.cache/huggingface/hub", .home),
    (["HOME": "/h", "XDG_CACHE_HOME": "/x"], "/x/huggingface/hub", .xdgCacheHome),
    (["HOME": "/h", "XDG_CACHE_HOME": "/x", "HF_HOME": "/f"], "/f/hub", .hfHome),
    (["HF_HOME": "/f", "HUGGINGFACE_HUB_CACHE": "/o"], "/o", .oldHubCache),
    (["HUGGINGFACE_HUB_CACHE": "/o", "HF_HUB_CACHE": "/c"], "/c", .hubCache),
    (["HOME": "/h", "HF_HUB_CACHE": "~/c"], "/h/c", .hubCache),
    (["HF_HOME": "$DATA/${NAME}", "DATA": "/d", "NAME": "n"], "/d/n/hub", .hfHome),
    (["HF_HUB_CACHE": "/a$MISSING/b"], "/a$MISSING/b", .hubCache),
    (["HOME": "/h", "HF_HUB_CACHE": "", "HF_HOME": ""], "/h/.cache/huggingface/hub", .home),
  ]

  @Test(arguments: rows.indices) func fromTheEnvironment(_ index: Int) throws {
    let row = Self.rows[index]
    let location = try RegistryLocation.resolve(explicit: nil, environment: row.environment)
    #expect(location.path == row.path)
    #expect(location.origin == row.origin)
  }

  @Test func theCallerComesFirst() throws {
    let location = try RegistryLocation.resolve(
      explicit: "/r/", environment: ["HF_HUB_CACHE": "/c"])
    #expect(location.origin == .explicit)
    #expect(ModelRegistry(location).root == "/r")
  }

  @Test func anEmptyPathIsRefused() {
    #expect(
      reason { try RegistryLocation.resolve(explicit: "", environment: [:]) }
        == "registry-path-invalid")
  }
}
