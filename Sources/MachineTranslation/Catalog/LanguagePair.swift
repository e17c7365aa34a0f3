/// A direction of translation, in ISO 639 codes.
public struct LanguagePair: Sendable, Hashable, Codable, CustomStringConvertible {
    public var source: String
    public var target: String

    public init(source: String, target: String) {
        self.source = source
        self.target = target
    }

    public var description: String { "\(source)→\(target)" }
}
