import Foundation
import MachineTranslation
import Testing

/// What must come out of a translation as it went in.
struct ProtectedSpanTests {
    /// Spans, and sentences with `#` where a span goes.
    private static let spans = [
        "https://example.com/a?b=c&d=%20e#f", "www.example.org", "ana.gomez@example.com", "{name}", "{{ count }}",
        "{0}",
        "%s", "%1$d", "%(total)s", "<0/>", "<b>", "</b>", "🎉", "👩‍👩‍👧", "🇪🇸", "`let x = 1`", "${HOME}", "&nbsp;",
    ]

    private static let english = [
        "Please open # and read it.", "# is ready.", "Write to #", "Hello #, you have # new messages.",
        "The file # was copied to # by #.", "#", "# #", "# and # and # and # and #", "Do not touch #!",
        "(see #)", "The value \"#\" is wrong.", "Thanks #", "First # then # last.", "#, #: #.", "one #two three",
    ]
    private static let spanish = [
        "Abra # y léalo.", "# está listo.", "Escriba a #", "Hola #, tiene # mensajes nuevos.",
        "El archivo # se copió en # por #.", "#", "# #", "# y # y # y # y #", "¡No toque #!",
        "(véase #)", "El valor «#» no es válido.", "Gracias #", "Primero # y luego # al final.", "#, #: #.",
        "uno #dos tres",
    ]
    private static let hindi = [
        "कृपया # खोलें और पढ़ें।", "# तैयार है।", "# को लिखें", "नमस्ते #, आपके # नए संदेश हैं।",
        "फ़ाइल # को # में # ने कॉपी किया।", "#", "# #", "# और # और # और # और #", "# को मत छुओ!",
        "(# देखें)", "मान \"#\" गलत है।", "धन्यवाद #", "पहले # फिर # अंत में।", "#, #: #.", "एक #दो तीन",
    ]

    /// Sixty sentences, and the spans in each.
    private static func sentences(_ language: String, seed: UInt64) -> [(text: String, spans: [String])] {
        let templates = ["en": english, "es": spanish, "hi": hindi][language] ?? []
        var generator = SeededGenerator(seed: seed)
        return (0..<60).map { index in
            var used: [String] = []
            let text = templates[index % templates.count].reduce(into: "") { text, character in
                guard character == "#" else { return text.append(character) }
                let span = spans[(index * 7 + Int.random(in: 0..<3, using: &generator) + used.count) % spans.count]
                used.append(span)
                text += span
            }
            return (text, used)
        }
    }

    private func count(_ span: String, in text: String) -> Int {
        text.components(separatedBy: span).count - 1
    }

    @Test(arguments: TestModels.pairs)
    func spansOfSixtySentences_survive(pair: LanguagePair) async throws {
        let translator = try await TestModels.starter(pair.source, pair.target)
        let sentences = Self.sentences(pair.source, seed: 5)
        let translations = try await translator.translate(sentences.map(\.text), options: .init(beamSize: 2))
        try #require(translations.count == sentences.count)
        for (sentence, translation) in zip(sentences, translations) {
            for span in Set(sentence.spans) {
                let comment = Comment("'\(span)' of '\(sentence.text)' in '\(translation.text)'")
                #expect(count(span, in: translation.text) == count(span, in: sentence.text), comment)
            }
        }
    }

    @Test(arguments: TestModels.pairs)
    func segmentOfSpansOnly_isKept(pair: LanguagePair) async throws {
        let translator = try await TestModels.starter(pair.source, pair.target)
        let segments = ["{name}", "🎉🎉", "https://example.com", "%s: %s", "`code`", "<0/> {x} 👍"]
        #expect(try await translator.translate(segments, options: .init()).map(\.text) == segments)
    }
}
