import Foundation
import Inference
import MachineTranslation
import Testing
import TextAnalysis

/// The worst of the made-up inputs, and every shape, with the model that is shipped.
@Suite(.serialized) struct StarterTests {
    private static func translator() async throws -> any SegmentTranslator {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Models").path
        let factory = try TranslatorFactory(catalog: try ModelCatalog(folder: folder), cacheFolder: nil)
        return try await factory.translator(for: LanguagePair(source: "en", target: "es"))
    }

    private static let longest = 600

    /// How much an input asks of the translator: its spans, its parts, and its bytes that are no letters.
    private static func badness(_ text: String) -> Int {
        let plan = SegmentPlan(text, language: "en", keepsSpansOutside: true) { $0.utf8.count <= 200 }
        return 8 * plan.texts.count + ProtectedSpans.find(in: text).count + plan.texts.reduce(0) { $0 + $1.utf8.count }
            / 4
    }

    @Test func worstInputs_areTranslatedInTime() async throws {
        let texts = TextTranslator(try await Self.shared.value)
        let worst = (0..<2_000).map(TextMutator.input).filter { $0.utf8.count <= Self.longest }
            .map { (text: $0, badness: Self.badness($0)) }
            .sorted { $0.badness > $1.badness }.prefix(200)
        try #require(worst.count == 200)
        let clock = ContinuousClock()
        for (text, _) in worst {
            let begin = clock.now
            let translation = try await texts.translate(text)
            #expect(clock.now - begin < .seconds(10), "'\(text.debugDescription)'")
            #expect(translation.segments.allSatisfy { (0...1).contains($0.translation.confidence) })
        }
    }

    @Test(arguments: HostileShape.all)
    func shape_isTranslatedInTime(shape: HostileShape) async throws {
        let texts = TextTranslator(try await Self.shared.value)
        let clock = ContinuousClock()
        let begin = clock.now
        let translation = try await texts.translate(shape.text(2_000))
        #expect(clock.now - begin < .seconds(20))
        #expect(!translation.text.isEmpty)
    }

    /// Loaded once for all tests.
    static let shared = Task { try await translator() }
}
