package import MachineTranslation

/// Where translators come from: real models, or a simulation of them. Thread-safe.
package protocol TranslatorSource: Sendable {
    /// Every pair that is translated directly.
    var pairs: Set<LanguagePair> { get }

    /// The languages that a source can be translated to, in one step or two.
    func targets(from source: String) -> Set<String>

    /// A translator for a pair. May take a while the first time; never blocks the caller's thread for long.
    /// - Throws: `MachineTranslationError` or what loading throws.
    func translator(for pair: LanguagePair) async throws -> any SegmentTranslator

    /// Names the model, or models, behind a pair's translator: the same name, the same translations. Valid once
    /// `translator(for:)` returned.
    func fingerprint(for pair: LanguagePair) async throws -> String

    /// The models there are.
    func models() -> [ModelStatus]
}

/// A model as operators see it.
package struct ModelStatus: Hashable, Sendable {
    package var name: String
    package var version: String
    package var licence: String
    package var pairs: [LanguagePair]
    package var isLoaded: Bool
    /// Bytes of its weights, 0 while it is not loaded.
    package var memoryBytes: Int

    package init(
        name: String,
        version: String,
        licence: String,
        pairs: [LanguagePair],
        isLoaded: Bool,
        memoryBytes: Int
    ) {
        self.name = name
        self.version = version
        self.licence = licence
        self.pairs = pairs
        self.isLoaded = isLoaded
        self.memoryBytes = memoryBytes
    }
}
