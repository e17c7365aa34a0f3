import Environment
import MachineTranslation
import Threads
import TranslationService

/// Gives back what it is given.
struct IdentityTranslator: SegmentTranslator {
    /// Into a language that puts no spaces between sentences, so that nothing is inserted.
    let pair = LanguagePair(source: "en", target: "zh")

    func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
        segments.map { SegmentTranslation(text: $0, confidence: 1) }
    }
}

/// One pair of languages, and a translator that changes nothing.
struct IdentitySource: TranslatorSource {
    let languages = LanguageTable(pairs: [IdentityTranslator().pair])

    func translator(for pair: LanguagePair) async throws -> ReadyTranslator {
        ReadyTranslator(IdentityTranslator(), fingerprint: "identity")
    }

    func models() -> [ModelStatus] { [] }
    func load(_ name: String) throws -> ModelStatus { throw TranslationServiceError(.unavailable, "There is none.") }
    func unload(_ name: String) throws -> ModelStatus { throw TranslationServiceError(.unavailable, "There is none.") }
}

extension TranslationService {
    /// A service that gives back what it is given, on one thread.
    static func identity(on thread: TextThread) -> TranslationService {
        var limits = TranslationService.Limits()
        limits.synchronousCharacters = 64 << 20
        limits.synchronousTime = .seconds(600)
        return TranslationService(
            translators: IdentitySource(),
            cache: MemorySegmentCache(maximumBytes: 1 << 20),
            detector: nil,
            environment: .live,
            executors: TextExecutors(thread.executor),
            limits: limits
        )
    }

    /// What becomes of a text.
    func echo(_ text: String, _ format: TextFormat = .text) async throws -> String {
        let request = TextRequest(texts: [text], isList: false, source: "en", target: "zh", format: format)
        return try await translate(request, owner: "tester").texts.map(\.text).joined()
    }
}
