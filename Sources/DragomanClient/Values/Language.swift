/// A language that the server knows.
public struct Language: Hashable, Sendable, Decodable {
    /// Such as `hi`.
    public var code: String
    /// In English.
    public var name: String
    /// As its speakers call it.
    public var nativeName: String
    /// The codes of the languages it can be translated to.
    public var targets: [String]

    private enum CodingKeys: String, CodingKey {
        case code, name, targets
        case nativeName = "native_name"
    }
}

/// A language that a text may be written in.
public struct DetectedLanguage: Hashable, Sendable, Decodable {
    /// Its code.
    public var language: String
    /// From 0 to 1.
    public var confidence: Double
}
