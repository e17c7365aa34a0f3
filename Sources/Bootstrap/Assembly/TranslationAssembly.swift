internal import Environment
internal import Foundation
internal import Inference
internal import Logging
internal import MachineTranslation
internal import Redis
internal import Storage
internal import TextAnalysis
internal import TranslationService

/// The translating part of an installation.
struct TranslationAssembly: Sendable {
    let service: TranslationService
    let failures: SimulatedFailures?
    /// All that remembers segments; nil where nothing does.
    let cache: MemorySegmentCache?
    /// Where this process keeps segments on its disk; nil where it does not.
    let segments: SQLSegmentCache?
    let segmentDatabase: SQLiteDatabase?
    /// What the engine has done.
    let engines: @Sendable () -> EngineStatistics

    /// - Parameter redis: keeps segments for all processes, instead of this one's disk.
    init(
        _ settings: SettingValues,
        _ folder: DataFolder,
        _ redis: RedisAssembly?,
        _ environment: ServiceEnvironment,
        _ logger: Logger
    ) async throws {
        let source: any TranslatorSource
        switch settings(Settings.engine) {
        case .neural:
            let factory = try ModelAssembly(settings, logger).factory
            source = NeuralTranslatorSource(factory)
            engines = { factory.engineStatistics }
        case .simulated:
            source = SimulatedTranslatorSource(
                timePerWord: settings(Settings.simulatedTime),
                sleep: environment.sleep
            )
            engines = { EngineStatistics() }
        }
        (segmentDatabase, segments) =
            redis == nil ? try await Self.segmentCache(settings, folder, environment, logger) : (nil, nil)
        let days = Duration.seconds(settings(Settings.cacheDays) * 86_400)
        let isKept = settings(Settings.cacheSize) > 0
        let shared = isKept ? redis.map { RedisSegmentCache($0.client, lifetime: days) } : nil
        let slower: (any SegmentCache)? = shared ?? segments
        let memory = settings(Settings.cacheMemory)
        cache = memory > 0 || slower != nil ? MemorySegmentCache(maximumBytes: memory, slower: slower) : nil
        service = TranslationService(
            translators: source,
            cache: cache,
            detector: Self.detector(settings, logger),
            environment: environment,
            executors: TextExecutors(threads: max(2, ProcessInfo.processInfo.activeProcessorCount)),
            limits: Self.limits(settings)
        )
        failures = Self.failures(settings, environment)
    }

    private static func limits(_ settings: SettingValues) -> TranslationService.Limits {
        var limits = TranslationService.Limits()
        limits.jobCharacters = settings(Settings.maximumLength)
        limits.synchronousCharacters = settings(Settings.synchronousLength)
        return limits
    }

    private static func detector(_ settings: SettingValues, _ logger: Logger) -> SourceLanguageDetector? {
        do {
            let file = settings(Settings.modelPath) + "/lid176/lid.176.ftz"
            return SourceLanguageDetector(try LanguageIdentifier(modelFile: file))
        } catch {
            logger.warning("languages cannot be recognised", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private static func segmentCache(
        _ settings: SettingValues,
        _ folder: DataFolder,
        _ environment: ServiceEnvironment,
        _ logger: Logger
    ) async throws -> (SQLiteDatabase?, SQLSegmentCache?) {
        let size = settings(Settings.cacheSize)
        guard size > 0 else { return (nil, nil) }
        var options = SQLiteDatabase.Configuration()
        // What a power failure takes away is translated again.
        options.isDurable = false
        let database = try SQLiteDatabase(path: folder.segmentsPath, configuration: options)
        try await Migrator(SQLSegmentCache.migrations).migrate(database, at: environment.now())
        var configuration = SQLSegmentCache.Configuration()
        configuration.maximumBytes = Int64(size)
        configuration.lifetime = .seconds(settings(Settings.cacheDays) * 86_400)
        let cache = SQLSegmentCache(database, environment: environment, configuration: configuration) { error in
            if let error {
                logger.warning(
                    "translations are not remembered: the segment cache fails",
                    metadata: ["error": "\(error)"]
                )
            } else {
                logger.notice("translations are remembered again")
            }
        }
        return (database, cache)
    }

    private static func failures(
        _ settings: SettingValues,
        _ environment: ServiceEnvironment
    ) -> SimulatedFailures? {
        let (rate, poison) = (settings(Settings.simulatedErrors), settings(Settings.simulatedPoison))
        guard settings(Settings.engine) == .simulated, rate > 0 || !poison.isEmpty else { return nil }
        let kinds = settings(Settings.simulatedKinds).compactMap(SimulatedFailures.Kind.init(rawValue:))
        return SimulatedFailures(
            rate: rate,
            kinds: kinds,
            seed: UInt64(settings(Settings.simulatedSeed)),
            poison: poison,
            environment: environment
        )
    }
}
