/// A source to translate, in tokens.
public struct GenerationRequest: Sendable {
    /// Ids of the source's tokens; the engine adds the special tokens the model wants.
    public var source: [Int32]
    /// Tokens every hypothesis begins with, such as NLLB's language token. Where the model has no start token of its
    /// own, the first one is it.
    public var prefix: [Int32]
    public var options: DecodingOptions
    /// Higher goes first; equals in the order of their arrival.
    public var priority: Int
    /// Whether somebody waits for this one sentence: where the engine has threads for urgent requests, it goes to these.
    public var isUrgent: Bool

    public init(
        source: [Int32],
        prefix: [Int32] = [],
        options: DecodingOptions = .init(),
        priority: Int = 0,
        isUrgent: Bool = false
    ) {
        self.source = source
        self.prefix = prefix
        self.options = options
        self.priority = priority
        self.isUrgent = isUrgent
    }
}

/// A source and a target whose probability is asked for.
public struct ScoringRequest: Sendable {
    /// Ids of the source's tokens, without special tokens.
    public var source: [Int32]
    /// Ids of the target's tokens, without start and end.
    public var target: [Int32]

    public init(source: [Int32], target: [Int32]) {
        self.source = source
        self.target = target
    }
}

/// What a request became.
public struct GenerationResult: Sendable {
    /// Best first; as many as were asked for, fewer only where the vocabulary yields no more.
    public var hypotheses: [Hypothesis]
}
