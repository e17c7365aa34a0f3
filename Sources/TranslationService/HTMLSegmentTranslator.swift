internal import MachineTranslation
internal import TextAnalysis

/// Translates sentences of HTML: character references are decoded before and encoded after.
struct HTMLSegmentTranslator: SegmentTranslator {
    private let translator: any SegmentTranslator

    init(_ translator: any SegmentTranslator) { self.translator = translator }

    var pair: LanguagePair { translator.pair }

    func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
        let characters = try segments.map { segment in
            try Task.checkCancellation()
            return HTMLCharacters(segment)
        }
        let translations = try await translator.translate(characters.map(\.plain), options: options)
        return zip(characters, translations).map { characters, translation in
            var translation = translation
            translation.text = characters.encode(translation.text)
            translation.alternatives = translation.alternatives.map(characters.encode)
            return translation
        }
    }
}
