/// What to translate, and how.
public struct TranslationRequest: Hashable, Sendable {
    /// What a text is made of.
    public enum Format: String, Hashable, Sendable, Encodable {
        case text
        /// Tags are kept, and only what is between them is translated.
        case html
    }

    /// The texts. The answer has as many.
    public var texts: [String]
    /// The texts' language, or `auto`.
    public var source: String
    /// The language to translate to.
    public var target: String
    /// What the texts are made of.
    public var format: Format
    /// How many other translations to return for each sentence.
    public var alternatives: Int
    /// How urgent the job is; `nil` leaves it to the server.
    public var priority: JobPriority?
    /// Kept with the job and given back.
    public var metadata: [String: JSONValue]?
    /// Called by the server when the job has ended.
    public var webhookURL: String?
    private var isList: Bool

    /// A single text.
    public init(_ text: String, from source: String = "auto", to target: String) {
        self.init([text], from: source, to: target)
        isList = false
    }

    /// Several texts.
    public init(_ texts: [String], from source: String = "auto", to target: String) {
        self.texts = texts
        self.source = source
        self.target = target
        format = .text
        alternatives = 0
        isList = true
    }

    /// Without what concerns jobs.
    var forTextAlone: TranslationRequest {
        var request = self
        (request.priority, request.metadata, request.webhookURL) = (nil, nil, nil)
        return request
    }
}

extension TranslationRequest: Encodable {
    private enum CodingKeys: String, CodingKey {
        case text, format, alternatives, priority, metadata
        case source = "source_language"
        case target = "target_language"
        case webhookURL = "webhook_url"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if !isList, texts.count == 1 {
            try container.encode(texts[0], forKey: .text)
        } else {
            try container.encode(texts, forKey: .text)
        }
        try container.encode(source, forKey: .source)
        try container.encode(target, forKey: .target)
        if format != .text { try container.encode(format, forKey: .format) }
        if alternatives != 0 { try container.encode(alternatives, forKey: .alternatives) }
        try container.encodeIfPresent(priority, forKey: .priority)
        try container.encodeIfPresent(metadata, forKey: .metadata)
        try container.encodeIfPresent(webhookURL, forKey: .webhookURL)
    }
}
