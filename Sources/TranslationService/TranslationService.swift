package import Environment
package import JobSystem
internal import MachineTranslation
internal import Synchronization
internal import TextAnalysis

/// Translates texts: at once, or described as jobs. The same for HTTP, jobs and the command line. Thread-safe.
///
///     TextRequest ─► check ─► source language ─► CachingTranslator ─► TextTranslator ─► TextResult
///
/// Segments of all calls meet in the engine's queue, ordered by when they are due (`Priority`), so that calls need not be
/// collected into batches here.
package final class TranslationService: Sendable {
    package struct Limits: Sendable {
        /// Characters of all texts of a job.
        package var jobCharacters = 1_000_000
        /// Characters of all texts of a synchronous request.
        package var synchronousCharacters = 10_000
        /// Texts of one request.
        package var texts = 1_000
        package var alternatives = 8
        /// How long a synchronous request may take.
        package var synchronousTime = Duration.seconds(30)
        /// Synchronous requests at the same time; more are refused.
        package var synchronousRequests = 256
        /// Texts of one request that are translated at the same time.
        package var textsInFlight = 64

        package init() {}
    }

    package let limits: Limits
    let translators: any TranslatorSource
    /// What is translated directly, and the languages on either side of it.
    let (pairs, sources, targets): (Set<LanguagePair>, Set<String>, Set<String>)
    let cache: (any SegmentCache)?
    let detector: SourceLanguageDetector?
    let environment: ServiceEnvironment
    let executors: TextExecutors
    private let counts = Mutex(CacheCount())
    private let running = Mutex(0)
    private let synchronousTime: TimeLimit

    /// - Parameters:
    ///   - detector: recognises source languages; nil where its model is missing.
    ///   - executors: where texts are worked upon.
    package init(
        translators: any TranslatorSource,
        cache: (any SegmentCache)?,
        detector: SourceLanguageDetector?,
        environment: ServiceEnvironment,
        executors: TextExecutors,
        limits: Limits = Limits()
    ) {
        self.translators = translators
        pairs = translators.pairs
        sources = Set(pairs.map(\.source))
        targets = Set(pairs.map(\.target))
        self.cache = cache
        self.detector = detector
        self.environment = environment
        self.executors = executors
        self.limits = limits
        synchronousTime = TimeLimit(limits.synchronousTime, environment)
    }

    /// Hits and misses of the segment cache since the start.
    package var cacheCount: CacheCount { counts.withLock { $0 } }

    /// The models there are.
    package func models() -> [ModelStatus] { translators.models() }

    // MARK: Requests

    /// Refuses what cannot be translated.
    /// - Throws: `TranslationServiceError`.
    package func check(_ request: TextRequest) throws {
        _ = try checked(request, mostCharacters: limits.jobCharacters)
    }

    /// Checks a request and describes it as a job.
    /// - Throws: `TranslationServiceError`.
    package func jobRequest(
        _ request: TextRequest,
        owner: String,
        priority: Priority,
        metadata: String? = nil,
        webhookURL: String? = nil,
        idempotencyKey: String? = nil,
        retention: Duration
    ) throws -> JobRequest {
        let request = try checked(request, mostCharacters: limits.jobCharacters)
        return JobRequest(
            owner: owner,
            kind: TextRequest.jobKind,
            languages: JobLanguages(source: request.source, target: request.target),
            priority: priority,
            input: JobInput(payload: try request.json(), metadata: metadata),
            words: request.words,
            webhookURL: webhookURL,
            idempotencyKey: idempotencyKey,
            retention: retention
        )
    }

    /// Translates while the caller waits, before everything else, and stores nothing.
    /// - Parameter owner: on whose behalf segments are remembered.
    /// - Throws: `TranslationServiceError`; `.overloaded` when it takes too long or too many wait already.
    package func translate(_ request: TextRequest, owner: String) async throws -> TextResult {
        let request = try checked(request, mostCharacters: limits.synchronousCharacters)
        try enter()
        defer { running.withLock { $0 -= 1 } }
        let critical = Priority(.critical)
        let order = WorkOrder(due: critical.due(submittedAt: environment.now()), isUrgent: true, owner: owner)
        if let result = try await synchronousTime.run({ try await self.translateWhileWaiting(request, order) }) {
            return result
        }
        throw TranslationServiceError(
            .overloaded,
            "The translation took longer than \(synchronousTime.limit). Try again later, or submit a job.",
            retryAfter: .seconds(5)
        )
    }

    private func enter() throws {
        let isFull = running.withLock { running in
            guard running < limits.synchronousRequests else { return true }
            running += 1
            return false
        }
        guard isFull else { return }
        throw TranslationServiceError(
            .overloaded,
            "\(limits.synchronousRequests) requests are being translated already. Try again later, or submit a job.",
            retryAfter: .seconds(1)
        )
    }

    // MARK: Languages

    /// Every pair that a job can have, in one step or two; `auto` stands for any source.
    package func jobLanguages() -> [JobLanguages] {
        let pairs = sources.flatMap { source in
            translators.targets(from: source).map { JobLanguages(source: source, target: $0) }
        }
        let targets = detector == nil ? [] : Set(pairs.map(\.target))
        return pairs + targets.map { JobLanguages(source: TextRequest.anySource, target: $0) }
    }

    /// Every language there is, with what it can be translated to.
    package func languages() -> [LanguageEntry] {
        sources.union(targets).sorted().map { code in
            LanguageEntry(
                code: code,
                name: LanguageCodes.name(of: code),
                nativeName: LanguageCodes.nativeName(of: code),
                targets: translators.targets(from: code).sorted()
            )
        }
    }

    /// The languages that a text may be in, the likeliest first.
    /// - Throws: `.emptyText`, `.unavailable`.
    package func detect(_ text: String) async throws -> [(language: String, confidence: Double)] {
        guard text.contains(where: { !$0.isWhitespace }) else { throw TranslationServiceError.empty }
        guard let detector else { throw TranslationServiceError.noDetector }
        let sources = sources
        return await withTaskExecutorPreference(executors.urgent) {
            detector.candidates(for: text, among: sources).map { ($0.language, $0.confidence) }
        }
    }

    // MARK: Inside

    func count(_ more: CacheCount) {
        counts.withLock { counts in
            counts.hits += more.hits
            counts.misses += more.misses
        }
    }
}

/// A language of the service.
package struct LanguageEntry: Hashable, Sendable {
    package var code: String
    /// In English.
    package var name: String
    /// In the language itself.
    package var nativeName: String
    /// What it can be translated to.
    package var targets: [String]

    package init(code: String, name: String, nativeName: String, targets: [String]) {
        self.code = code
        self.name = name
        self.nativeName = nativeName
        self.targets = targets
    }
}

/// How a piece of work stands among others.
struct WorkOrder: Sendable {
    /// Earlier goes first.
    var due: Timestamp
    /// Whether somebody waits for it.
    var isUrgent: Bool
    /// On whose behalf segments are remembered.
    var owner: String
}
