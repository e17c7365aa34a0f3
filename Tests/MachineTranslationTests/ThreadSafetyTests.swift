import Foundation
import Inference
import MachineTranslation
import Testing

/// Many callers at once. Meant for the thread sanitizer, and true without it.
struct ThreadSafetyTests {
    /// A factory that has loaded nothing yet, on two threads.
    private static func factory() throws -> TranslatorFactory {
        TranslatorFactory(
            catalog: try ModelCatalog(folder: Repository.path("Models")),
            engine: .init(threads: 2),
            cacheFolder: nil
        )
    }

    @Test func manyCallers_shareOneFactory() async throws {
        let factory = try Self.factory()
        let pair = LanguagePair(source: "en", target: "es")
        let texts = (0..<6).map { "One \($0). Two {name}.\n\nThree https://example.org/\($0)?" }
        let translated = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for (index, text) in texts.enumerated() {
                group.addTask {
                    let translator = TextTranslator(try factory.translator(for: pair))
                    return (index, try await translator.translate(text, options: .init(beamSize: 2)).text)
                }
            }
            return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
        }
        let alone = TextTranslator(try factory.translator(for: pair))
        for (index, text) in texts.enumerated() {
            #expect(try await alone.translate(text, options: .init(beamSize: 2)).text == translated[index])
        }
    }

    @Test func cancelledTranslations_leaveTheOthersAlone() async throws {
        let factory = try Self.factory()
        let pair = LanguagePair(source: "en", target: "es")
        let translator = TextTranslator(try factory.translator(for: pair))
        let expected = try await translator.translate("One. Two.").text
        for round in 0..<4 {
            let cancelled = Task { try await translator.translate(String(repeating: "One. Two. ", count: 50)) }
            async let other = translator.translate("One. Two.").text
            if round % 2 == 0 { await Task.yield() }
            cancelled.cancel()
            #expect(try await other == expected)
            _ = await cancelled.result
        }
    }
}
