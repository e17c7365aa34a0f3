import Inference
import MachineTranslation
import Testing

/// Texts made to hurt, through the neural translator itself.
@Suite(.serialized) struct HostileTextTests {
    private static func times(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

    /// Texts whose words look like the markers of placeholders.
    static let markers = [
        "Q" + times("X", 1_275) + " " + times("{}a", 425),
        "Q" + times("X", 5_000) + " " + times("{}a", 1_667),
        "Q" + times("X", 8_000) + " " + times("{a} ", 2_000),
        (1...120).map { "Q" + times("X", $0) + "{a} " }.joined(),
        times("X", 10_000) + " {a} Q",
        "Q1Q {a} QX1QX {b} QXX1QXX {c}",
        times("Q {} ", 300),
    ]

    @Test(arguments: markers)
    func wordsThatLookLikeMarkers_areNoTrap(text: String) async throws {
        let translator = try await TestModels.starter("en", "es")
        let clock = ContinuousClock()
        let begin = clock.now
        let translation = try await translator.translate([text], options: .init())[0].text
        // The smallest took the process down, the next minutes.
        #expect(clock.now - begin < .seconds(120))
        #expect(translation.count(of: "{}") == text.count(of: "{}"))
        #expect(translation.count(of: "{a}") == text.count(of: "{a}"))
    }

    /// Some characters become many before they are tokenized, so that few bytes can be too many tokens.
    @Test(arguments: ["\u{FDFA}", "\u{3300}", "\u{33FF}", "½", "㋿"])
    func charactersThatUnfold_areCutLikeAnyOthers(character: String) async throws {
        let text = "word " + Self.times(character, 400)
        let translation = try await TestModels.starter("en", "es").translate([text], options: .init())
        #expect(!translation[0].text.isEmpty)
    }

    /// Even a single character may be more than a model takes.
    @Test(arguments: [(1, "word"), (1, "two words"), (3, "\u{FDFA}"), (3, "a \u{FDFA} b")])
    func whatNoPartOfFits_isCopiedAndSaysSo(tokens: Int, text: String) async throws {
        var description = try ModelLocator().describe(Repository.path("Models/starter"))
        description.maximumSourceTokens = tokens
        let translator = NeuralTranslator(try TestModels.load(description), pair: .init(source: "en", target: "es"))
        let translation = try await translator.translate([text], options: .init())[0]
        #expect(translation.remark != nil)
        #expect(!translation.text.isEmpty && translation.confidence <= 0.5)
        #expect(tokens > 1 ? translation.text.contains("\u{FDFA}") : translation.text == text)
    }

    @Test func severalTimesTheSamePart_isTranslatedAlikeAndOnce() async throws {
        let parts = Self.times("{a}house", 500)
        let translator = try await TestModels.starter("en", "es")
        let one = try await translator.translate(["house"], options: .init())[0].text
        let many = try await translator.translate([parts], options: .init())[0].text
        #expect(many == Self.times("{a}" + one, 500))
    }

    @Test(arguments: [-1, Int.min, Int.max])
    func impossibleNumberOfAlternatives_isRefused(count: Int) async throws {
        let translator = try await TestModels.starter("en", "es")
        let error = await #expect(throws: InferenceError.self) {
            try await translator.translate(["Hello."], options: .init(alternatives: count))
        }
        #expect(error?.code == .invalidRequest)
    }
}

extension String {
    fileprivate func count(of part: String) -> Int { ranges(of: part).count }
}
