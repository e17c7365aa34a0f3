package import MachineTranslation

/// Where translators come from: real models, or a simulation of them. Thread-safe.
package protocol TranslatorSource: Sendable {
    /// Which languages there are. Asked for every text: it is worked out once, not each time.
    var languages: LanguageTable { get }

    /// A translator for a pair. May take a while the first time; never blocks the caller's thread. What it needs stays
    /// loaded as long as it is kept.
    /// - Throws: `MachineTranslationError` for a pair that nothing translates, `TranslationServiceError` `.unavailable`
    ///   where a model cannot be loaded, `CancellationError`.
    func translator(for pair: LanguagePair) async throws -> ReadyTranslator

    /// The models there are, and those that cannot be used. Never waits for one that is being loaded.
    func models() -> [ModelStatus]

    /// Begins to load a model in the background.
    /// - Returns: how it stands now.
    /// - Throws: `TranslationServiceError` `.unknownModel`, `.modelConflict`.
    func load(_ name: String) throws -> ModelStatus

    /// Lets go of a model as soon as nobody uses it.
    /// - Returns: how it stands now.
    /// - Throws: `TranslationServiceError` `.unknownModel`, `.modelConflict`.
    func unload(_ name: String) throws -> ModelStatus
}

/// A translator, and what to remember its results by.
package struct ReadyTranslator: Sendable {
    package var translator: any SegmentTranslator
    /// Names the model, or models, behind it: the same name, the same translations.
    package var fingerprint: String

    package init(_ translator: any SegmentTranslator, fingerprint: String) {
        self.translator = translator
        self.fingerprint = fingerprint
    }
}
