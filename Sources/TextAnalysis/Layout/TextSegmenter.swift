/// A piece of a text: to be translated, or to be kept.
public enum TextUnit: Sendable, Equatable {
    /// White space, line breaks, bullets, and sentences with nothing to translate in them.
    case verbatim(String)
    /// A sentence, without the white space around it.
    case sentence(String)

    /// The text of the unit.
    public var text: String {
        switch self {
        case .verbatim(let text), .sentence(let text): text
        }
    }
}

/// Cuts a stream of text into units. The concatenation of all units' texts is exactly the input, and the units do not
/// depend on how the input is cut into chunks.
///
/// Lines are cut at every line break of Unicode; what stands before a line's text (indentation, quotation signs, list
/// bullets) and what stands behind it comes out as verbatim units. Memory is bounded: a line of more than `maximumLine`
/// bytes is cut where a sentence ends, or, if none does, at white space.
///
/// A value type for one thread; hand each thread its own.
public struct TextSegmenter {
    /// The longest stretch of a line, in bytes, that is looked at as a whole.
    public static let maximumLine = 64 << 10

    private let cutter: LineCutter
    /// The line so far, without its line break.
    private var line: [UInt8] = []
    /// Whether the beginning of the line was cut off and given out before.
    private var isContinuation = false
    /// Whether a "\r" was read that may be the first half of "\r\n".
    private var endsWithReturn = false

    /// A segmenter for text in a language, by ISO 639-1 code.
    public init(language: String) {
        cutter = LineCutter(language: language)
    }

    /// The units of a whole text.
    /// - Parameter checking: called every few thousand bytes; what it throws ends the work. Long texts take a while.
    public static func units(
        of text: String,
        language: String,
        checking: () throws -> Void
    ) rethrows -> [TextUnit] {
        var segmenter = TextSegmenter(language: language)
        var units: [TextUnit] = []
        var text = text
        try text.withUTF8 { bytes in
            for (offset, byte) in bytes.enumerated() {
                if offset % checkedBytes == 0 { try checking() }
                segmenter.append(byte, to: &units)
            }
        }
        return units + segmenter.finish()
    }

    private static let checkedBytes = 8 << 10

    /// The units that `chunk` completes: those of whole lines, and of very long lines as far as they are cut.
    public mutating func append(_ chunk: String) -> [TextUnit] {
        var units: [TextUnit] = []
        var chunk = chunk
        chunk.withUTF8 { bytes in
            for byte in bytes { append(byte, to: &units) }
        }
        return units
    }

    /// The units of what is left; afterwards the segmenter is as new.
    public mutating func finish() -> [TextUnit] {
        var units: [TextUnit] = []
        endLine(lineBreak: endsWithReturn ? "\r" : "", to: &units)
        endsWithReturn = false
        return units
    }

    private mutating func append(_ byte: UInt8, to units: inout [TextUnit]) {
        if endsWithReturn {
            endsWithReturn = false
            if byte == 0x0A { return endLine(lineBreak: "\r\n", to: &units) }
            endLine(lineBreak: "\r", to: &units)
        }
        switch byte {
        case 0x0D: endsWithReturn = true
        case 0x0A...0x0C: endLine(lineBreak: String(Unicode.Scalar(byte)), to: &units)
        default:
            line.append(byte)
            if byte >= 0x80, let lineBreak = takeWideLineBreak() { return endLine(lineBreak: lineBreak, to: &units) }
            if line.count > Self.maximumLine { cutLine(to: &units) }
        }
    }

    /// Takes U+0085, U+2028 or U+2029 off the end of the line, if one stands there.
    private mutating func takeWideLineBreak() -> String? {
        for (bytes, text) in Self.wideLineBreaks where line.last == bytes.last && line.suffix(bytes.count) == bytes[...]
        {
            line.removeLast(bytes.count)
            return text
        }
        return nil
    }

    private static let wideLineBreaks: [([UInt8], String)] = ["\u{85}", "\u{2028}", "\u{2029}"].map {
        (Array($0.utf8), $0)
    }

    private mutating func endLine(lineBreak: String, to units: inout [TextUnit]) {
        let text = String(decoding: line, as: UTF8.self)
        line.removeAll(keepingCapacity: line.capacity <= 2 * Self.maximumLine)
        units += cutter.units(of: text, isContinuation: isContinuation, lineBreak: lineBreak)
        isContinuation = false
    }

    private mutating func cutLine(to units: inout [TextUnit]) {
        // The last bytes may be half a character.
        let end = line.lastIndex { $0 & 0xC0 != 0x80 } ?? 0
        let (cut, length) = cutter.cut(String(decoding: line[..<end], as: UTF8.self), isContinuation: isContinuation)
        units += cut
        line.removeFirst(length)
        isContinuation = true
    }
}
