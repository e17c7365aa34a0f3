import Testing
import TextAnalysis

struct LanguageIdentifierTests {
    private static let five: Set<String> = ["en", "es", "hi", "de", "fr"]
    /// Loaded once: the suite asks it several hundred times.
    private static let shared = Result { try LanguageIdentifier(modelFile: ShippedModels.languages) }

    private let identifier: LanguageIdentifier

    init() throws {
        identifier = try Self.shared.get()
    }

    @Test(arguments: ShortPhrases.all.keys.sorted())
    func shortPhrasesAreRecognised(language: String) throws {
        let phrases = try #require(ShortPhrases.all[language])
        let missed = phrases.filter { identifier.candidates(for: $0, among: Self.five).first?.language != language }
        #expect(phrases.count >= 40)
        #expect(Double(missed.count) <= 0.05 * Double(phrases.count), "\(missed)")
    }

    @Test(arguments: [
        ("The weather is nice today and we are going for a walk.", "en"),
        ("Il tempo è bello oggi e andiamo a fare una passeggiata.", "it"),
        ("O tempo está bom hoje e vamos dar um passeio.", "pt"),
        ("Het weer is mooi vandaag en we gaan wandelen.", "nl"),
        ("Сегодня хорошая погода, и мы идём гулять.", "ru"),
        ("今天天气很好，我们去散步。", "zh"),
        ("今日は天気がいいので散歩に行きます。", "ja"),
        ("오늘은 날씨가 좋아서 산책하러 갑니다.", "ko"),
        ("الطقس جميل اليوم وسنذهب في نزهة.", "ar"),
        ("आज मौसम अच्छा है और हम टहलने जा रहे हैं।", "hi"),
        ("Bugün hava güzel ve yürüyüşe çıkıyoruz.", "tr"),
        ("Heute ist schönes Wetter und wir gehen spazieren.", "de"),
    ])
    func allLanguagesAreConsideredWithoutRestriction(text: String, language: String) {
        let best = identifier.candidates(for: text)
        #expect(best.first?.language == language, "\(best)")
        #expect(best.count == 5)
    }

    @Test func confidencesOfARestrictionAddUpToOne() {
        let candidates = identifier.candidates(for: "La casa es grande", among: Self.five)
        #expect(candidates.map(\.language).first == "es")
        #expect(abs(candidates.reduce(0) { $0 + $1.confidence } - 1) < 1e-9)
        #expect(candidates.count == 5)
        #expect(zip(candidates, candidates.dropFirst()).allSatisfy { $0.confidence >= $1.confidence })
    }

    @Test(arguments: ["", "   ", "123", "😀", "https://example.com/the/house", "`the house`", "你好", "Привет"])
    func textWithoutEvidenceHasNoCandidates(text: String) {
        #expect(identifier.candidates(for: text, among: Self.five).isEmpty)
    }

    @Test(arguments: [
        ("मैं office जा रहा हूँ", "hi"),
        ("The word नमस्ते means hello in Hindi", "en"),
        ("DAS IST DER LETZTE ZUG NACH BERLIN", "de"),
        ("¡VAMOS A LA PLAYA!", "es"),
        ("Siehe https://example.com/the/house und the@house.com, danke", "de"),
        ("Bonjour\nle\nmonde", "fr"),
    ])
    func scriptCapitalsAndAddressesDoNotMislead(text: String, language: String) {
        #expect(identifier.candidates(for: text, among: Self.five).first?.language == language)
    }

    @Test func restrictionToOneLanguageOfTheScriptIsCertain() {
        let candidates = identifier.candidates(for: "Guten Morgen", among: ["de", "hi"])
        #expect(candidates.first?.language == "de")
        #expect((candidates.first?.confidence ?? 0) > 0.9)
    }

    @Test(arguments: [0, -1, 1, 3])
    func atMostTheLimitIsReturned(limit: Int) {
        #expect(identifier.candidates(for: "Good morning", limit: limit).count == max(0, limit))
    }

    @Test(arguments: [Set<String>(), ["xx"], ["tlh"]])
    func unknownLanguagesHaveNoCandidates(languages: Set<String>) {
        #expect(identifier.candidates(for: "Good morning", among: languages).isEmpty)
    }

    @Test func hugeTextIsDoneSoon() {
        let text = String(repeating: "Guten Morgen, liebe Leute. ", count: 40_000)
        let duration = ContinuousClock().measure {
            #expect(identifier.candidates(for: text).first?.language == "de")
        }
        #expect(duration < .seconds(60))
    }

    @Test func manyThreadsGetTheSameAnswers() async {
        let phrases = ShortPhrases.all.values.flatMap(\.self).prefix(40)
        let expected = phrases.map { identifier.candidates(for: $0) }
        await withTaskGroup(of: [[LanguageCandidate]].self) { group in
            for _ in 0..<4 { group.addTask { phrases.map { self.identifier.candidates(for: $0) } } }
            for await answers in group { #expect(answers == expected) }
        }
    }
}
