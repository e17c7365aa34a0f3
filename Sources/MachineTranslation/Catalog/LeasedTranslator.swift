internal import Inference

/// A translator whose models stay loaded as long as it is kept.
package struct LeasedTranslator: SegmentTranslator {
    private let translator: any SegmentTranslator
    private let uses: [ModelUse]

    init(_ translator: any SegmentTranslator, _ uses: [ModelUse]) {
        self.translator = translator
        self.uses = uses
    }

    package var pair: LanguagePair { translator.pair }

    /// Names the models behind the translator: the same name, the same translations.
    package var fingerprint: String { uses.map(\.model.engine.model.fingerprint).joined(separator: "+") }

    package func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation] {
        // Nothing below mentions the leases, so that they might end before the work does.
        defer { withExtendedLifetime(uses) {} }
        return try await translator.translate(segments, options: options)
    }
}
