// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that no build of Ingot carries a sanitizer. Sources are links to the
// readers themselves; the C boundary (Entry.swift and the rest of PluginKit) stays outside.
let sanitized: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer,address"])]

func fuzzer(_ name: String, _ plugin: String) -> Target {
  .executableTarget(
    name: name, dependencies: ["CFuzzer", "ReaderProperty", .target(name: plugin)],
    swiftSettings: [.unsafeFlags(["-parse-as-library", "-sanitize=fuzzer,address"])],
    linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])])
}

let package = Package(
  name: "fuzz",
  platforms: [.macOS(.v15)],
  targets: [
    .target(name: "CFuzzer"),
    .target(name: "Tensors", swiftSettings: sanitized),
    .target(name: "PluginKit", dependencies: ["Tensors"], swiftSettings: sanitized),
    .target(
      name: "SafetensorsPlugin", dependencies: ["PluginKit", "Tensors"], exclude: ["Entry.swift"],
      swiftSettings: sanitized),
    .target(
      name: "GGUFPlugin", dependencies: ["PluginKit", "Tensors"], exclude: ["Entry.swift"],
      swiftSettings: sanitized),
    .target(
      name: "ReaderProperty", dependencies: ["PluginKit", "Tensors"], swiftSettings: sanitized),
    fuzzer("FuzzSafetensors", "SafetensorsPlugin"),
    fuzzer("FuzzGGUF", "GGUFPlugin"),
  ],
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.name != "CFuzzer" {
  target.swiftSettings =
    (target.swiftSettings ?? []) + [
      .enableUpcomingFeature("ExistentialAny"),
      .enableUpcomingFeature("InternalImportsByDefault"),
      .enableUpcomingFeature("MemberImportVisibility"),
    ]
}
