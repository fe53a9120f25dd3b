// swift-tools-version: 6.1
import PackageDescription

// A plugin exports its entry symbol and nothing else; see Plugins/plugin.map.
let pluginLinkage: [LinkerSetting] = [
  .unsafeFlags(["-Xlinker", "--version-script=\(Context.packageDirectory)/Plugins/plugin.map"])
]

// The kernels are built twice from the same sources. Optimisation is on in debug builds too: a
// kernel without it is 66 times slower. docs/decisions/0004-kernels-built-twice.md has the reasons.
let baselineKernelFlags: [SwiftSetting] = [.unsafeFlags(["-O"])]
#if arch(x86_64)
  let v3KernelFlags: [SwiftSetting] = [.unsafeFlags(["-O", "-Xcc", "-march=x86-64-v3"])]
  let digestKernelFlags: [SwiftSetting] = [
    .unsafeFlags(["-O", "-Xcc", "-msha", "-Xcc", "-mssse3", "-Xcc", "-msse4.1"])
  ]
#else
  let digestKernelFlags: [SwiftSetting] = [.unsafeFlags(["-O"])]
  let v3KernelFlags: [SwiftSetting] = [.unsafeFlags(["-O"])]
#endif

let package = Package(
  name: "ingot",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "ingot", targets: ["ingot"]),
    .executable(name: "ingot-isolate", targets: ["ingot-isolate"]),
    .library(name: "PluginTesting", targets: ["PluginTesting"]),
    .library(name: "ingot_safetensors", type: .dynamic, targets: ["SafetensorsPlugin"]),
    .library(name: "ingot_gguf", type: .dynamic, targets: ["GGUFPlugin"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .target(name: "Tensors"),
    .target(
      name: "Digests",
      dependencies: [
        "Tensors", "CDigestKernels", "DigestKernels",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .target(name: "CDigestKernels", path: "Sources/DigestKernels/C"),
    .target(
      name: "DigestKernels", path: "Sources/DigestKernels/TwoLanes",
      swiftSettings: digestKernelFlags),

    .target(name: "CEncodingKernels", path: "Sources/EncodingKernels/C"),
    .target(
      name: "EncodingKernelsBaseline", dependencies: ["CEncodingKernels"],
      path: "Sources/EncodingKernels/Baseline", swiftSettings: baselineKernelFlags),
    .target(
      name: "EncodingKernelsV3", dependencies: ["CEncodingKernels"],
      path: "Sources/EncodingKernels/V3", swiftSettings: v3KernelFlags),
    .target(
      name: "Encodings",
      dependencies: ["CEncodingKernels", "EncodingKernelsBaseline", "EncodingKernelsV3"]),

    .target(name: "CLinux"),
    .target(name: "Methods", dependencies: ["Encodings"]),
    .target(
      name: "Dialects",
      dependencies: ["Tensors", "Encodings", "Yams"],
      resources: [.embedInCode("Architectures/Files")]),
    .target(
      name: "Recipes",
      dependencies: ["Tensors", "Encodings", "Methods", "Yams"],
      resources: [.embedInCode("Presets")]),
    .target(
      name: "Conversion",
      dependencies: ["CLinux", "Tensors", "Digests", "Encodings", "Methods", "Dialects", "Recipes"]),

    .target(name: "CIngotPlugin"),
    .target(name: "PluginKit", dependencies: ["Tensors", "CIngotPlugin"]),
    .target(name: "PluginTesting", dependencies: ["Tensors", "PluginKit"]),
    .target(
      name: "SafetensorsPlugin", dependencies: ["CIngotPlugin", "PluginKit", "Tensors"],
      path: "Plugins/Safetensors", linkerSettings: pluginLinkage),
    .target(
      name: "GGUFPlugin", dependencies: ["CIngotPlugin", "PluginKit", "Tensors"],
      path: "Plugins/GGUF", linkerSettings: pluginLinkage),

    .target(
      name: "Registry", dependencies: ["Tensors", "Digests"], path: "Registry",
      exclude: ["README.md"]),

    .executableTarget(name: "ingot-isolate", dependencies: ["Tensors", "PluginKit"]),
    .executableTarget(
      name: "ingot",
      dependencies: [
        "CLinux", "Tensors", "Digests", "Encodings", "Methods", "Dialects", "Recipes", "Conversion",
        "PluginKit", "Registry",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
    .testTarget(name: "DigestsTests", dependencies: ["Digests", "Tensors"]),
    .testTarget(
      name: "EncodingsTests", dependencies: ["Encodings"],
      exclude: ["Goldens/make_goldens.py", "Goldens/make_ggml_goldens.py"]),
    .testTarget(name: "MethodsTests", dependencies: ["Methods", "Encodings"]),
    .testTarget(name: "DialectsTests", dependencies: ["Dialects", "Encodings", "Tensors"]),
    .testTarget(
      name: "RecipesTests", dependencies: ["Dialects", "Recipes", "Encodings", "Tensors"],
      exclude: ["Goldens"]),
    .testTarget(
      name: "ConversionTests",
      dependencies: ["Conversion", "Dialects", "Digests", "Encodings", "Recipes", "Tensors"],
      exclude: ["Goldens"]),
    .testTarget(
      name: "PluginKitTests",
      dependencies: ["CIngotPlugin", "PluginKit", "PluginTesting", "Tensors"]),
    .testTarget(
      name: "PluginsTests",
      dependencies: ["SafetensorsPlugin", "GGUFPlugin", "PluginTesting", "PluginKit", "Tensors"]),
    .testTarget(name: "RegistryTests", dependencies: ["Registry", "Tensors"]),
    .testTarget(name: "ingotTests", dependencies: ["ingot", "Tensors"]),
  ],
  swiftLanguageModes: [.v6]
)

for target in package.targets where [.executable, .test, .regular].contains(target.type) {
  var settings = target.swiftSettings ?? []
  // SE-0335: existentials are spelled `any`, so that their cost is visible.
  settings.append(.enableUpcomingFeature("ExistentialAny"))
  // SE-0409: an import is internal unless it says `public`; rooms do not leak through each other.
  settings.append(.enableUpcomingFeature("InternalImportsByDefault"))
  // SE-0444: a member is visible only where its module is imported.
  settings.append(.enableUpcomingFeature("MemberImportVisibility"))
  target.swiftSettings = settings
}
