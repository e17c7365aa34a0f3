/// Makes up hostile inputs: pieces that mean something to some parser, repeated, nested, in ladders, cut and flipped. The
/// same number gives the same input at every run.
struct TextMutator {
    private static let pieces = [
        "a", "Q", "X", "QX", "Q1Q", "QX1QX", " ", "  ", "\n", "\r", "\r\n", "\t", ".", "...", "…", "?", "!",
        "¿", "。", "」", ",", ";", ":", "-", "—", "'", "\"", "»", "«", "(", ")", "[", "]", "{", "}", "{}", "{a}",
        "{{", "}}", "{%", "%}", "${", "%", "%s", "%1$d", "%(a)s", "%25", "%C3", "%A9", "%zz", "+", "<", ">",
        "</", "/>", "<b>", "</b>", "<a b='", "<!--", "-->", "<!", "<?", "<script>", "</script>", "<pre>", "&",
        "&amp;", "&lt;", "&#", "&#x", "&#0;", "&#x10FFFF;", ";", "`", "``", "://", "http://", "https://",
        "www.", "mailto:", "@", "a@b.org", "#", "~", "|", "\\", "/", "..", "::", "::1", "127.0.0.1", "[::1]",
        ":80", ":99999", "?a=", "&b=", "amqp://", "redis://", "postgres://", "sslmode=", "0", "1", "9", "12.",
        "1e999", "-1", "9223372036854775807", "18446744073709551616", "0x", "NaN", "null", "true", "\\u",
        "\\uD800", "\\uDC00", "\\n", "{\"a\":", "[1,", "Mr. ", "Dr. ", "J. ", "z. B. ", "No. 5", "e.g. ",
        "\u{301}", "\u{316}", "\u{338}", "\u{200D}", "\u{200C}", "\u{200B}", "\u{FEFF}", "\u{202E}", "\u{2028}",
        "\u{85}", "\u{0}", "\u{7F}", "\u{FFFD}", "\u{10FFFF}", "\u{FDFA}", "👩", "👍🏽", "🇩", "🇩🇪", "\u{FE0F}",
        "1\u{FE0F}\u{20E3}", "語", "か", "ไ", "क", "\u{94D}", "م", "ß", "İ", "ﬁ", "en", "es-MX", "zh_Hant", "x-",
        "d", "h", "ms", "KB", "job_", "note_", "ak_", "2026-11-29T", "wait=", "bytes ", "Z", "*", "_", "> ",
        "- ",
    ]

    private var generator: SeededGenerator
    private var bytes: [UInt8] = []
    private let limit: Int

    /// The input with a number.
    static func input(_ number: Int) -> String {
        var mutator = TextMutator(number)
        mutator.build()
        return String(decoding: mutator.bytes, as: UTF8.self)
    }

    private init(_ number: Int) {
        generator = SeededGenerator(seed: UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15)
        // Most are short, so that there can be many; what is not linear shows in the few that are long.
        let sizes = [60, 60, 300, 300, 300, 1_000]
        let isLong = Int.random(in: 0..<500, using: &generator) == 0
        limit = isLong ? 32_000 : sizes[Int.random(in: 0..<sizes.count, using: &generator)]
    }

    private mutating func build() {
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: add(unit(1...12), times: 1)
            case 1, 2: add(unit(1...4), times: count)
            case 3: ladder(unit(1...2), unit(1...3))
            case 4: nest(unit(1...2), unit(1...2))
            default: shuffle(Array(repeating: unit(1...2), count: 3))
            }
        }
        for _ in 0..<Int.random(in: 0...3, using: &generator) where !bytes.isEmpty { damage() }
    }

    /// How often something comes, up to the limit.
    private var count: Int {
        mutating get { 1 << Int.random(in: 0...15, using: &generator) }
    }

    private mutating func unit(_ pieces: ClosedRange<Int>) -> [UInt8] {
        var unit: [UInt8] = []
        for _ in 0..<Int.random(in: pieces, using: &generator) {
            unit += Self.pieces[Int.random(in: 0..<Self.pieces.count, using: &generator)].utf8
        }
        return unit
    }

    private mutating func add(_ unit: [UInt8], times: Int) {
        for _ in 0..<times {
            guard bytes.count + unit.count <= limit else { return }
            bytes += unit
        }
    }

    /// One unit, ever longer, with another between.
    private mutating func ladder(_ rung: [UInt8], _ between: [UInt8]) {
        for length in 1...200 {
            guard bytes.count + rung.count * length <= limit else { return }
            add(rung, times: length)
            add(between, times: 1)
        }
    }

    private mutating func nest(_ open: [UInt8], _ close: [UInt8]) {
        let depth = min(count, limit / 2 / max(1, open.count + close.count))
        add(open, times: depth)
        add(unit(1...2), times: 1)
        add(close, times: depth)
    }

    private mutating func shuffle(_ units: [[UInt8]]) {
        for _ in 0..<count {
            guard bytes.count < limit else { return }
            add(units[Int.random(in: 0..<units.count, using: &generator)], times: 1)
        }
    }

    /// A byte changed, a stretch left out, or one written twice.
    private mutating func damage() {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 1...8, using: &generator))
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes.removeSubrange(place..<end)
        default: bytes.insert(contentsOf: bytes[place..<end], at: place)
        }
    }
}
