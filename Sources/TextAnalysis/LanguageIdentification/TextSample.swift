/// The part of a text that says something about its language: its beginning, without URLs, addresses, placeholders,
/// code and emoji.
struct TextSample {
    /// How much of a text is looked at, in Unicode scalars: a character may have any number of them.
    private static let longest = 4_000

    /// The words, on one line.
    let text: String
    /// For each script, its share of the letters.
    let scripts: [WritingSystem: Double]

    init(_ text: String) {
        let beginning = String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.longest)))
        var words = ""
        var end = beginning.startIndex
        for span in ProtectedSpans.find(in: beginning) {
            words += beginning[end..<span.range.lowerBound] + " "
            end = span.range.upperBound
        }
        words += beginning[end...]
        self.text = Self.withoutShouting(String(words.map { $0.isNewline ? " " : $0 }))
        scripts = Self.shares(words)
    }

    /// The share of the letters that a language written in `systems` accounts for.
    func share(of systems: Set<WritingSystem>) -> Double {
        systems.reduce(0) { $0 + (scripts[$1] ?? 0) }
    }

    /// Text in capitals only looks foreign to a model that rarely saw any.
    private static func withoutShouting(_ text: String) -> String {
        text.unicodeScalars.contains(where: \.isSmall) ? text : text.lowercased()
    }

    private static func shares(_ text: String) -> [WritingSystem: Double] {
        var counts: [WritingSystem: Double] = [:]
        var total = 0.0
        for scalar in text.unicodeScalars {
            guard let system = WritingSystem(scalar) else { continue }
            // A syllable or an ideogram says as much as several letters.
            let weight = system == .han || system == .hangul || system == .kana ? 3.0 : 1.0
            counts[system, default: 0] += weight
            total += weight
        }
        return counts.mapValues { $0 / total }
    }
}
