/// A translated segment.
public struct SegmentTranslation: Sendable, Equatable {
    /// What a reader should know about how the text came about.
    public enum Remark: String, Sendable {
        /// The model gave nothing usable; this is the source, unchanged.
        case copied
        /// The output loops, is far too long or short, or copies the source, and decoding again did not help.
        case doubtful
    }

    public var text: String
    /// Between 0 and 1: the geometric mean of the tokens' probabilities, lowered for doubtful output.
    public var confidence: Double
    /// Other translations, best first, where they were asked for.
    public var alternatives: [String] = []
    public var remark: Remark?
    /// Whether it was remembered rather than translated now.
    public var isCached = false

    public init(text: String, confidence: Double, alternatives: [String] = [], remark: Remark? = nil) {
        self.text = text
        self.confidence = confidence
        self.alternatives = alternatives
        self.remark = remark
    }

    /// The source in place of a translation.
    static func copied(_ source: String) -> SegmentTranslation {
        SegmentTranslation(text: source, confidence: 0, remark: .copied)
    }
}

/// How segments are translated.
public struct TranslationOptions: Sendable, Hashable {
    /// Beam size; 1 is greedy and fastest.
    public var beamSize = 2
    /// How many other translations to return for each segment.
    public var alternatives = 0
    /// Whether bad output is looked for and decoded again.
    public var guards = true
    /// Higher goes first.
    public var priority = 0
    /// Whether somebody waits for just this; see `GenerationRequest.isUrgent`.
    public var isUrgent = false

    public init() {}
}

/// The port behind which translation happens: one direction, segment by segment.
///
/// The result has one translation for every segment, in their order, none of them empty. A segment's translation depends
/// on the segment and the options alone, not on its neighbours. Implementations are thread-safe; cancelling the task
/// withdraws the work.
public protocol SegmentTranslator: Sendable {
    var pair: LanguagePair { get }

    func translate(_ segments: [String], options: TranslationOptions) async throws -> [SegmentTranslation]
}
