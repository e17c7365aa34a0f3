import Foundation
import Inference
import MachineTranslation
import Testing

/// Many callers at once. Meant for the thread sanitizer, and true without it.
struct ThreadSafetyTests {
    /// A factory that has loaded nothing yet, on two threads.
    private static func factory() throws -> TranslatorFactory {
        try TranslatorFactory(
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
                    let translator = TextTranslator(try await factory.translator(for: pair))
                    return (index, try await translator.translate(text, options: .init(beamSize: 2)).text)
                }
            }
            return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
        }
        let alone = TextTranslator(try await factory.translator(for: pair))
        for (index, text) in texts.enumerated() {
            #expect(try await alone.translate(text, options: .init(beamSize: 2)).text == translated[index])
        }
    }

    @Test func cancelledTranslations_leaveTheOthersAlone() async throws {
        let factory = try Self.factory()
        let pair = LanguagePair(source: "en", target: "es")
        let translator = TextTranslator(try await factory.translator(for: pair))
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

    @Test func models_comeAndGoUnderManyCallers() async throws {
        var folder = try ModelFolder()
        let pairs = ["en-de", "en-es", "en-fr"]
        for pair in pairs { try folder.add(pair) }
        var memory = ModelMemory()
        memory.limit = try await folder.bytes(of: "en-fr") * 2
        memory.patience = .milliseconds(20)
        let factory = try folder.factory(memory)
        await withTaskGroup(of: Void.self) { group in
            for caller in 0..<8 {
                group.addTask {
                    for round in 0..<6 {
                        let task = Task { try await factory.translation(pairs[(caller + round) % 3], "One.") }
                        if (caller + round) % 4 == 0 { task.cancel() }
                        _ = await task.result
                        _ = try? factory.stages(pairs)
                    }
                }
            }
        }
        #expect(try pairs.allSatisfy { try factory.state(of: $0).uses == 0 })
    }
}
