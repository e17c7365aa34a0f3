/// What a model directory says about itself, whichever project it comes from.
public struct ModelDescription: Sendable, Equatable {
    /// Whose conventions a model follows.
    public enum Family: String, Sendable {
        /// A directory with our own `model.json`.
        case dragoman
        /// An Argos Translate package (`metadata.json`, the model in `model/`).
        case argos
        /// A conversion of OPUS-MT (`source.spm`, `target.spm`).
        case opus
        /// A conversion of NLLB-200: `eng_Latn` before the source, the target's code first in the output.
        case nllb
        /// A conversion of M2M-100: the same with `__en__`.
        case m2m
    }

    public var family: Family
    public var name: String
    public var version: String
    public var licence: String
    /// Where the directory is.
    public var directory: String
    /// Where `model.bin` is; the same directory, or a folder in it.
    public var weightsDirectory: String
    /// Directions the model translates. Families with hundreds of languages list each language's own in `languages`.
    public var pairs: Set<LanguagePair>
    /// SentencePiece model for the source.
    public var sourceTokenizer: String
    /// SentencePiece model for the target; often the same.
    public var targetTokenizer: String
    /// Tokens before the source's, as a template: `{source}` and `{target}` stand for codes.
    public var sourcePrefix: String?
    /// Tokens the output begins with, likewise.
    public var targetPrefix: String?
    /// Whether the tokenizer ends the source, where the engine does not.
    public var endsSource: Bool
    /// Longest source in tokens the model was made for.
    public var maximumSourceTokens: Int
    /// Codes the model itself uses for languages, where they are not ISO 639-1.
    public var codes: [String: String] = [:]

    /// A prefix template filled in for a pair.
    func filled(_ template: String?, for pair: LanguagePair) -> String? {
        template?
            .replacing("{source}", with: codes[pair.source] ?? pair.source)
            .replacing("{target}", with: codes[pair.target] ?? pair.target)
    }

    public static func == (a: ModelDescription, b: ModelDescription) -> Bool {
        a.directory == b.directory && a.name == b.name && a.version == b.version
    }
}
