// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "dragoman",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "dragoman", targets: ["dragoman"]),
        .executable(name: "load-generator", targets: ["LoadGenerator"]),
        .library(name: "Inference", targets: ["Inference"]),
        .library(name: "TextAnalysis", targets: ["TextAnalysis"]),
        .library(name: "MachineTranslation", targets: ["MachineTranslation"]),
        .library(name: "DragomanClient", targets: ["DragomanClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
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
        .target(name: "CPostgres", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .systemLibrary(
            name: "CICU",
            pkgConfig: "icu-uc",
            providers: [.apt(["libicu-dev"]), .brew(["icu4c"])]
        ),
        .systemLibrary(name: "CHeap"),
        .systemLibrary(name: "CThreads"),
        .systemLibrary(
            name: "CRabbitMQ",
            pkgConfig: "librabbitmq",
            providers: [.apt(["librabbitmq-dev"]), .brew(["rabbitmq-c"])]
        ),
        // Without pkg-config, whose file names a flag that packages may not have, and none that is needed.
        .systemLibrary(name: "CRedis", providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),
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

        // Threads of our own, and what they may use of the processors.
        .target(name: "Threads", dependencies: ["CThreads"]),

        // The engine, from numbers up to text.
        .target(name: "Inference", dependencies: ["CKernels", "CXXHash", "Threads"]),
        .target(
            name: "TextAnalysis",
            dependencies: ["CSentencePiece", "CFastText", "CICU"],
            resources: [.embedInCode("Resources")]
        ),
        .target(name: "MachineTranslation", dependencies: ["Inference", "TextAnalysis", "Threads", "CZip"]),

        // Time and chance, passed in; then jobs, accounts and notes: values, rules and ports.
        .target(name: "Environment"),
        .target(name: "JobSystem", dependencies: ["Environment"]),
        .target(
            name: "Identity",
            dependencies: [
                "Environment",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ]
        ),
        .target(name: "Notes", dependencies: ["Environment", "JobSystem"]),

        // What implements the ports.
        .target(
            name: "Storage",
            dependencies: [
                "Environment", "JobSystem", "Identity", "Notes", .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        .target(name: "Messaging", dependencies: ["JobSystem", "Environment"]),
        .target(
            name: "PostgreSQL",
            dependencies: [
                "Storage", "Messaging", "JobSystem", "Environment", "Threads", "CPostgres",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "RabbitMQ",
            dependencies: [
                "JobSystem", "Environment", "Threads", "CRabbitMQ",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "Blobs",
            dependencies: [
                "Environment",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        .target(name: "Telemetry", dependencies: [.product(name: "CoreMetrics", package: "swift-metrics")]),

        // From requests to translated texts, at once or as jobs.
        .target(
            name: "TranslationService",
            dependencies: [
                "MachineTranslation", "TextAnalysis", "Inference", "JobSystem", "Notes", "Storage", "Environment",
                "Threads",
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        .target(
            name: "ModelInstallation",
            dependencies: [
                "MachineTranslation", "Environment",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        .target(
            name: "Webhooks",
            dependencies: [
                "Environment", "JobSystem", "Storage", "Threads",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),
        .target(
            name: "Redis",
            dependencies: [
                "JobSystem", "Messaging", "Identity", "Notes", "TranslationService", "MachineTranslation",
                "Environment", "Threads", "CRedis", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(name: "EventLoopTasks", dependencies: [.product(name: "NIOCore", package: "swift-nio")]),
        .target(
            name: "WebServer",
            dependencies: [
                "Environment", "Threads", "EventLoopTasks", "JobSystem", "Identity", "Notes", "TranslationService",
                "MachineTranslation",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [.embedInCode("OpenAPI/openapi.yaml"), .embedInCode("Web")]
        ),
        .target(
            name: "Bootstrap",
            dependencies: [
                "Environment", "JobSystem", "Identity", "Notes", "Storage", "Messaging", "Telemetry",
                "TranslationService", "WebServer", "Webhooks", "MachineTranslation", "TextAnalysis", "Inference",
                "PostgreSQL", "RabbitMQ", "Redis", "Blobs",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        // A fleet over a day, in virtual time.
        .target(name: "Simulation", dependencies: ["JobSystem", "Environment"]),
        .executableTarget(
            name: "dragoman",
            dependencies: [
                "Bootstrap", "ModelInstallation", "Simulation", "CHeap", "MachineTranslation", "Inference",
                "TextAnalysis", "Environment",
                "Identity", "Storage",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),

        // For programs that use a server.
        .target(
            name: "DragomanClient",
            dependencies: [
                "Environment",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        // Puts a server under load and measures it.
        .executableTarget(
            name: "LoadGenerator",
            dependencies: [
                "Environment", "EventLoopTasks", "Telemetry",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            path: "Benchmarks/LoadGenerator"
        ),

        .testTarget(name: "ThreadsTests", dependencies: ["Threads"]),
        .testTarget(name: "InferenceTests", dependencies: ["Inference", "CKernels"], exclude: ["Golden"]),
        .testTarget(name: "TextAnalysisTests", dependencies: ["TextAnalysis"]),
        // Folders that are gone when the tests are.
        .target(name: "TemporaryFolders", path: "Tests/TemporaryFolders"),
        .testTarget(
            name: "MachineTranslationTests",
            dependencies: ["MachineTranslation", "Inference", "TemporaryFolders"]
        ),
        .testTarget(
            name: "CommandLineTests",
            dependencies: ["InstallationFixtures", "ChildProcesses", "TemporaryFolders"],
            exclude: ["Golden"]
        ),
        // A server of HTTP that fails as it is told, archives that lie, a small real model.
        .target(
            name: "InstallationFixtures",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            path: "Tests/InstallationFixtures"
        ),
        .testTarget(
            name: "ModelInstallationTests",
            dependencies: [
                "ModelInstallation", "MachineTranslation", "Environment", "InstallationFixtures", "TemporaryFolders",
            ]
        ),
        .testTarget(
            name: "TelemetryTests",
            dependencies: ["Telemetry", "ChildProcesses", .product(name: "CoreMetrics", package: "swift-metrics")]
        ),
        .testTarget(
            name: "IdentityTests",
            dependencies: [
                "Identity", "Storage", "Environment", "Contracts", "JobSystem",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ]
        ),
        .testTarget(name: "NotesTests", dependencies: ["Notes", "Storage", "Environment", "Contracts", "JobSystem"]),
        .testTarget(
            name: "WebServerTests",
            dependencies: [
                "WebServer", "JobSystem", "Storage", "Messaging", "Identity", "Notes", "TranslationService",
                "Contracts",
                "Environment", "MachineTranslation", "TextAnalysis",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        .testTarget(
            name: "TranslationServiceTests",
            dependencies: [
                "TranslationService", "MachineTranslation", "TextAnalysis", "JobSystem", "Messaging", "Storage",
                "Environment", "Contracts", "TemporaryFolders",
            ]
        ),
        // Texts made to hurt, and a generator of them, on everything that reads what strangers write.
        .testTarget(
            name: "HostileInputTests",
            dependencies: [
                "TextAnalysis", "Inference", "MachineTranslation", "TranslationService", "WebServer", "Webhooks",
                "Bootstrap", "PostgreSQL", "RabbitMQ", "Redis", "Identity", "Notes", "JobSystem", "Environment",
                "Threads",
            ]
        ),
        .testTarget(
            name: "BootstrapTests",
            dependencies: [
                "Bootstrap", "Contracts", "Environment", "Identity", "JobSystem", "MachineTranslation", "Notes",
                "Storage", "Telemetry", "TranslationService", "TemporaryFolders",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "WebhooksTests",
            dependencies: [
                "Webhooks", "Storage", "JobSystem", "Environment", "Contracts",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]
        ),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation", "JobSystem", "Environment"]),
        .testTarget(name: "LoadGeneratorTests", dependencies: ["LoadGenerator"]),
        .testTarget(
            name: "DragomanClientTests",
            dependencies: [
                "DragomanClient", "Environment", "ServerFixture",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        // The program as a process.
        .target(name: "ServerFixture", dependencies: ["ChildProcesses"], path: "Tests/ServerFixture"),
        .testTarget(name: "ServerTests", dependencies: ["ServerFixture"]),

        // One suite per port, run on every implementation.
        .target(
            name: "Contracts",
            dependencies: ["JobSystem", "Storage", "Identity", "Notes", "Environment", "ChildProcesses"],
            path: "Tests/Contracts"
        ),
        // Processes that tests start, wait for and kill.
        .target(name: "ChildProcesses", dependencies: ["CSpawn"], path: "Tests/ChildProcesses"),
        .target(name: "CSpawn", path: "Tests/CSpawn"),
        // A worker process that tests kill, and that measures the store.
        .executableTarget(
            name: "JobProbe",
            dependencies: [
                "JobSystem", "Storage", "Messaging", "PostgreSQL", "Contracts", "Environment",
                .product(name: "Logging", package: "swift-log"),
            ],
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
        .testTarget(
            name: "PostgreSQLTests",
            dependencies: [
                "PostgreSQL", "CPostgres", "Bootstrap", "Redis", "MachineTranslation", "TranslationService", "Webhooks",
                "Storage", "JobSystem", "Identity", "Notes", "Messaging", "Contracts", "JobProbe", "Environment",
                "TemporaryFolders", .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "BlobsTests",
            dependencies: [
                "Blobs", "Environment", "ChildProcesses",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "RabbitMQTests",
            dependencies: [
                "RabbitMQ", "CRabbitMQ", "JobSystem", "Storage", "PostgreSQL", "Contracts", "Environment",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "RedisTests",
            dependencies: [
                "Redis", "Contracts", "Environment", "Identity", "JobSystem", "MachineTranslation", "Notes",
                "TranslationService", .product(name: "Logging", package: "swift-log"),
            ]
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
