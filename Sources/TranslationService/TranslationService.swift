package import Environment
package import JobSystem
package import MachineTranslation
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
        /// Those of one owner.
        package var synchronousRequestsOfOwner = 128
        /// Texts of one request that are translated at the same time.
        package var textsInFlight = 64

        package init() {}
    }

    package let limits: Limits
    let translators: any TranslatorSource
    let cache: (any SegmentCache)?
    let detector: SourceLanguageDetector?
    let environment: ServiceEnvironment
    let executors: TextExecutors
    private let counts = Mutex(CacheCount())
    /// `languages()` of a table.
    private let entries = Mutex<(table: LanguageTable, entries: [LanguageEntry])?>(nil)
    /// Synchronous requests under way, by owner.
    private let running = Mutex<[String: Int]>([:])
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
        self.cache = cache
        self.detector = detector
        self.environment = environment
        self.executors = executors
        self.limits = limits
        synchronousTime = TimeLimit(limits.synchronousTime, environment)
    }

    /// Hits and misses of the segment cache since the start.
    package var cacheCount: CacheCount { counts.withLock { $0 } }

    /// The models there are, and those that cannot be used. Never waits for one that is being loaded.
    package func models() -> [ModelStatus] { translators.models() }

    /// Begins to load a model in the background.
    /// - Throws: `TranslationServiceError` `.unknownModel`, `.modelConflict`.
    package func loadModel(_ name: String) throws -> ModelStatus { try translators.load(name) }

    /// Lets go of a model as soon as nobody uses it.
    /// - Throws: `TranslationServiceError` `.unknownModel`, `.modelConflict`.
    package func unloadModel(_ name: String) throws -> ModelStatus { try translators.unload(name) }

    // MARK: Requests

    /// Refuses what cannot be translated.
    /// - Returns: the request with its languages as the models write them.
    /// - Throws: `TranslationServiceError`.
    @discardableResult
    package func check(_ request: TextRequest) throws -> TextRequest {
        try checked(request, mostCharacters: limits.jobCharacters)
    }

    /// Checks a request and describes it as a job. Where the source language is left open, it is recognised here, so that
    /// the job goes to a worker that can do it.
    /// - Throws: `TranslationServiceError`.
    package func jobRequest(
        _ request: TextRequest,
        owner: String,
        priority: Priority,
        metadata: String? = nil,
        webhookURL: String? = nil,
        idempotencyKey: String? = nil,
        retention: Duration
    ) async throws -> JobRequest {
        let given = try checked(request, mostCharacters: limits.jobCharacters)
        let request = try await recognised(given)
        var job = JobRequest(
            owner: owner,
            kind: TextRequest.jobKind,
            languages: jobLanguages(of: request),
            priority: priority,
            input: JobInput(payload: try request.json(), metadata: metadata),
            words: request.words,
            webhookURL: webhookURL,
            idempotencyKey: idempotencyKey,
            retention: retention
        )
        // What is recognised may be another language tomorrow, with another model; the request is still the same.
        if idempotencyKey != nil, request != given {
            job.asked = .init(languages: jobLanguages(of: given), payload: try given.json())
        }
        return job
    }

    /// The languages that a job for the request has, as `jobRequest` finds them.
    /// - Throws: `TranslationServiceError`.
    package func languages(of request: TextRequest) async throws -> JobLanguages {
        jobLanguages(of: try await recognised(try check(request)))
    }

    /// Translates while the caller waits, before everything else, and stores nothing.
    /// - Parameter owner: on whose behalf segments are remembered.
    /// - Throws: `TranslationServiceError`; `.overloaded` when it takes too long or too many wait already.
    package func translate(_ request: TextRequest, owner: String) async throws -> TextResult {
        let request = try checked(request, mostCharacters: limits.synchronousCharacters)
        try enter(owner)
        defer { leave(owner) }
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

    private func leave(_ owner: String) {
        running.withLock { running in
            guard let own = running[owner] else { return }
            running[owner] = own > 1 ? own - 1 : nil
        }
    }

    /// Lets a request in, unless there are too many, or its owner's alone are as many as may be.
    private func enter(_ owner: String) throws {
        let isFull = running.withLock { running in
            let own = running[owner, default: 0]
            let all = running.values.reduce(0, +)
            guard all < limits.synchronousRequests, own < limits.synchronousRequestsOfOwner else { return true }
            running[owner] = own + 1
            return false
        }
        guard isFull else { return }
        throw TranslationServiceError(
            .overloaded,
            "Too many requests are being translated already. Try again later, or submit a job.",
            retryAfter: .seconds(1)
        )
    }

    // MARK: Languages

    /// Every pair that a job can have, in one step or two; `auto` stands for any source.
    package func jobLanguages() -> LanguageCoverage {
        let table = translators.languages
        let pairs = table.sources.flatMap { source in
            table.targets(from: source).map { JobLanguages(source: source, target: $0) }
        }
        let targets = detector == nil ? [] : Set(pairs.map(\.target))
        return LanguageCoverage(pairs + targets.map { JobLanguages(source: TextRequest.anySource, target: $0) })
    }

    /// Every language there is, with what it can be translated to.
    package func languages() -> [LanguageEntry] {
        let table = translators.languages
        return entries.withLock { known in
            if let known, known.table === table { return known.entries }
            let entries = table.named.map { code, name in
                LanguageEntry(
                    code: code,
                    name: name,
                    nativeName: LanguageCodes.nativeName(of: code),
                    targets: table.targets(from: code).sorted()
                )
            }
            known = (table, entries)
            return entries
        }
    }

    /// The code of the target language that somebody means (`ES`, `es-MX`), as the models write it; nil where there is none.
    package func target(_ wish: String) -> String? { translators.languages.target(wish) }

    /// The code under which a text in some language is kept: that of the models where they know the language, otherwise the
    /// usual one, since texts may be kept that nothing translates yet. `auto` stays.
    /// - Throws: `TranslationServiceError` `.unknownLanguage`, with what was probably meant.
    package func recordedLanguage(_ wish: String) throws -> String {
        guard wish.lowercased() != TextRequest.anySource else { return TextRequest.anySource }
        let table = translators.languages
        if let code = table.source(wish) ?? table.target(wish) ?? LanguageCodes.usual(wish) { return code }
        throw TranslationServiceError(table.unknown(wish, translatedFrom: true))
    }

    /// The languages that a text may be in, the likeliest first.
    /// - Throws: `.emptyText`, `.unavailable`.
    package func detect(_ text: String) async throws -> [(language: String, confidence: Double)] {
        guard text.contains(where: { !$0.isWhitespace }) else { throw TranslationServiceError.empty }
        guard let detector else { throw TranslationServiceError.noDetector }
        let table = translators.languages
        return await withTaskExecutorPreference(executors.urgent) {
            detector.candidates(for: text, in: table).map { ($0.language, $0.confidence) }
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
