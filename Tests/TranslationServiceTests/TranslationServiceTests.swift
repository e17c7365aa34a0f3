import Environment
import Foundation
import JobSystem
import MachineTranslation
import Testing
import TextAnalysis
import TranslationService

/// From requests to results, with the simulated engine.
struct TranslationServiceTests {
    private static let executors = TextExecutors(threads: 2)

    private static func service(
        timePerWord: Duration = .zero,
        cache: (any SegmentCache)? = nil,
        _ change: (inout TranslationService.Limits) -> Void = { _ in }
    ) throws -> TranslationService {
        var limits = TranslationService.Limits()
        change(&limits)
        let models = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Models/lid176/lid.176.ftz").path
        return TranslationService(
            translators: SimulatedTranslatorSource(
                timePerWord: timePerWord,
                sleep: { try await Task.sleep(for: $0) }
            ),
            cache: cache,
            detector: SourceLanguageDetector(try LanguageIdentifier(modelFile: models)),
            environment: .live,
            executors: executors,
            limits: limits
        )
    }

    private static func request(
        _ texts: [String],
        from source: String = "en",
        to target: String = "es",
        format: TextFormat = .text,
        alternatives: Int = 0
    ) -> TextRequest {
        TextRequest(
            texts: texts,
            isList: texts.count != 1,
            source: source,
            target: target,
            format: format,
            alternatives: alternatives
        )
    }

    @Test func segments_tellWhereTheyAre() async throws {
        let text = "First one here.\n\nAnd 🙂 a second."
        let result = try await Self.service().translate(Self.request([text]), owner: "ada").texts[0]
        #expect(result.text == "[es] here. one First\n\n[es] second. a 🙂 And")
        let source = Array(text.utf16)
        let target = Array(result.text.utf16)
        #expect(
            result.segments.map { String(decoding: source[$0.source], as: UTF16.self) }
                == ["First one here.", "And 🙂 a second."]
        )
        #expect(
            result.segments.map { String(decoding: target[$0.target], as: UTF16.self) }
                == ["[es] here. one First", "[es] second. a 🙂 And"]
        )
    }

    @Test func lists_keepTheirOrder() async throws {
        let texts = (0..<300).map { "text \($0)" }
        let result = try await Self.service().translate(Self.request(texts), owner: "ada")
        #expect(result.texts.map(\.text) == (0..<300).map { "[es] \($0) text" })
        #expect(result.words == 600)
    }

    @Test func sourceLanguage_isRecognised() async throws {
        let service = try Self.service()
        let text = "¿Dónde está la biblioteca? No lo sé, pero vamos a preguntar."
        let result = try await service.translate(Self.request([text], from: "auto", to: "en"), owner: "ada")
        #expect(result.detectedLanguage == "es")
        #expect(try await service.detect(text).first?.language == "es")
    }

    @Test func textInTheTargetsLanguage_isLeftAsItIs() async throws {
        let text = "This is an English sentence, and it is long enough to be sure."
        let result = try await Self.service().translate(Self.request([text], from: "auto", to: "en"), owner: "ada")
        #expect(result.texts[0].text == text)
    }

    @Test func html_keepsItsTags() async throws {
        let html = "<p>Salt &amp; pepper</p><script>x</script>"
        let result = try await Self.service().translate(Self.request([html], format: .html), owner: "ada")
        #expect(result.texts[0].text == "<p>[es] pepper &amp; Salt</p><script>x</script>")
    }

    @Test func rememberedSegments_areCounted() async throws {
        let service = try Self.service(cache: MemorySegmentCache(maximumBytes: 1 << 20))
        let request = Self.request(["One.\nTwo.\nOne."])
        #expect(try await service.translate(request, owner: "ada").cachedSegments == 0)
        #expect(try await service.translate(request, owner: "ada").cachedSegments == 3)
        // Nobody is told what others had translated; operators see how often the cache helps.
        #expect(try await service.translate(request, owner: "bob").cachedSegments == 0)
        #expect(service.cacheCount.hits == 6)
    }

    static let refused: [(TextRequest, TranslationServiceError.Code)] = [
        (request([""]), .emptyText),
        (request([" \n\t"]), .emptyText),
        (request([]), .emptyText),
        (request(["x"], from: "en", to: "en"), .sameLanguage),
        (request(["x"], from: "xx"), .unknownLanguage),
        (request(["x"], to: "spanish"), .unknownLanguage),
        (request([String(repeating: "x", count: 10_001)]), .tooLarge),
        (request(Array(repeating: "x", count: 1_001)), .tooLarge),
        (request(["x"], alternatives: 9), .invalid),
        (request(["x"], alternatives: -1), .invalid),
    ]

    @Test(arguments: refused.indices)
    func impossibleRequests_areRefused(index: Int) async throws {
        let (request, code) = Self.refused[index]
        let service = try Self.service()
        let error = await #expect(throws: TranslationServiceError.self) {
            _ = try await service.translate(request, owner: "ada")
        }
        #expect(error?.code == code)
    }

    @Test func unknownLanguage_isMetWithASuggestion() async throws {
        let service = try Self.service()
        let error = await #expect(throws: TranslationServiceError.self) {
            _ = try await service.translate(Self.request(["x"], to: "spanish"), owner: "ada")
        }
        #expect(error?.message.contains("Did you mean 'es'?") == true)
    }

    @Test func slowTranslation_endsWithOverload() async throws {
        let service = try Self.service(timePerWord: .seconds(600)) { $0.synchronousTime = .milliseconds(50) }
        let error = await #expect(throws: TranslationServiceError.self) {
            _ = try await service.translate(Self.request(["too slow"]), owner: "ada")
        }
        #expect(error?.code == .overloaded)
        #expect(error?.retryAfter != nil)
    }

    @Test func payloads_areReadAsTheyWereWritten() throws {
        let request = Self.request(["a \"quoted\" text", "ü"], format: .html, alternatives: 2)
        #expect(try TextRequest.decode(json: request.json()) == request)
        #expect(throws: TranslationServiceError.self) { try TextRequest.decode(json: "{\"texts\":1}") }
        #expect(throws: TranslationServiceError.self) { try TextResult.decode(json: "[") }
    }

    static let counts = [
        ("", 0), ("one", 1), ("two words", 2), ("don't stop", 2), ("a-b", 1), (" -- ", 0), ("3 apples, 4 pears", 4),
        ("नमस्ते दुनिया", 2), ("你好世界", 2), ("日本", 1), ("Hi 你好", 2),
    ]

    @Test(arguments: counts)
    func words_areCounted(text: String, words: Int) {
        #expect(WordCount.words(in: text) == words)
    }

    @Test func simulatedFailures_followTheirSeed() {
        func kinds(_ seed: UInt64, rate: Double) -> [SimulatedFailures.Kind?] {
            let failures = SimulatedFailures(
                rate: rate,
                kinds: [.retryable, .permanent],
                seed: seed,
                environment: .live
            )
            return (0..<2_000).map { failures.kind(payload: "text \($0)", attempt: 1) }
        }
        #expect(kinds(1, rate: 0.3) == kinds(1, rate: 0.3))
        #expect(kinds(1, rate: 0.3) != kinds(2, rate: 0.3))
        #expect((400...800).contains(kinds(1, rate: 0.3).count { $0 != nil }))
        #expect(Set(kinds(1, rate: 0.3).compactMap { $0 }) == [.retryable, .permanent])
        #expect(kinds(1, rate: 0).allSatisfy { $0 == nil })
        #expect(kinds(1, rate: 1).allSatisfy { $0 != nil })
    }
}
