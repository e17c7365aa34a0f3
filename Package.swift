// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "dragoman",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "dragoman", targets: ["dragoman"]),
        .library(name: "Inference", targets: ["Inference"]),
        .library(name: "TextAnalysis", targets: ["TextAnalysis"]),
        .library(name: "MachineTranslation", targets: ["MachineTranslation"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    ],
    targets: [
        // C and C++, each behind a small C header.
        .target(name: "CKernels", linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
        .target(
            name: "CSentencePiece",
            linkerSettings: [.linkedLibrary("sentencepiece")]
        ),
        .target(
            name: "CFastText",
            linkerSettings: [.linkedLibrary("fasttext")]
        ),
        .systemLibrary(
            name: "CICU",
            pkgConfig: "icu-uc",
            providers: [.apt(["libicu-dev"]), .brew(["icu4c"])]
        ),
        .systemLibrary(
            name: "CXXHash",
            pkgConfig: "libxxhash",
            providers: [.apt(["libxxhash-dev"]), .brew(["xxhash"])]
        ),
        .systemLibrary(
            name: "CZip",
            pkgConfig: "libzip",
            providers: [.apt(["libzip-dev"]), .brew(["libzip"])]
        ),

        // The engine, from numbers up to text.
        .target(name: "Inference", dependencies: ["CKernels", "CXXHash"]),
        .target(
            name: "TextAnalysis",
            dependencies: ["CSentencePiece", "CFastText", "CICU"],
            resources: [.embedInCode("Resources")]
        ),
        .target(name: "MachineTranslation", dependencies: ["Inference", "TextAnalysis", "CZip"]),

        // Jobs: values, rules and ports; then what implements the ports.
        .target(name: "Environment"),
        .target(name: "JobSystem", dependencies: ["Environment"]),
        .target(
            name: "Storage",
            dependencies: ["JobSystem", "Environment", .product(name: "GRDB", package: "GRDB.swift")]
        ),
        .target(name: "Messaging", dependencies: ["JobSystem", "Environment"]),

        // From requests to translated texts, at once or as jobs.
        .target(
            name: "TranslationService",
            dependencies: [
                "MachineTranslation", "TextAnalysis", "Inference", "JobSystem", "Storage", "Environment",
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),

        .executableTarget(
            name: "dragoman",
            dependencies: [
                "MachineTranslation", "Inference", "TextAnalysis",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),

        .testTarget(name: "InferenceTests", dependencies: ["Inference", "CKernels"], exclude: ["Golden"]),
        .testTarget(name: "TextAnalysisTests", dependencies: ["TextAnalysis"]),
        .testTarget(name: "MachineTranslationTests", dependencies: ["MachineTranslation", "Inference"]),
        .testTarget(name: "CommandLineTests", exclude: ["Golden"]),

        // One suite per port, run on every implementation.
        .target(name: "Contracts", dependencies: ["JobSystem", "Storage", "Environment"], path: "Tests/Contracts"),
        // A worker process that tests kill, and that measures the store.
        .executableTarget(
            name: "JobProbe",
            dependencies: ["JobSystem", "Storage", "Messaging", "Contracts", "Environment"],
            path: "Tests/JobProbe"
        ),
        .testTarget(
            name: "JobSystemTests",
            dependencies: ["JobSystem", "Storage", "Messaging", "Contracts", "Environment"]
        ),
        .testTarget(
            name: "StorageTests",
            dependencies: ["Storage", "JobSystem", "Messaging", "Contracts", "JobProbe", "Environment"]
        ),
    ],
    cLanguageStandard: .c17,
    cxxLanguageStandard: .cxx17
)

// One loop, so that no target is compiled under weaker rules than another.
for target in package.targets where target.type != .system {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .swiftLanguageMode(.v6),
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        ]
}
