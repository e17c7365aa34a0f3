/// Cuts HTML into units. The concatenation of all units' texts is exactly the input.
///
/// Block elements, comments, and the contents of `script`, `style`, `pre`, `textarea` and `code` come out as verbatim
/// units; what stands between them is cut into sentences. Inline elements stay inside their sentence, where their tags are
/// protected like every other markup, as far as they can be. Broken markup is text. The grammar is that of HTML's tokenizer as far as tags go.
public struct HTMLSegmenter: Sendable {
    /// Elements that do not end a sentence.
    private static let inline: Set<String> = [
        "a", "abbr", "b", "bdi", "bdo", "big", "cite", "data", "del", "dfn", "em", "font", "i", "img", "ins", "kbd",
        "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
        "time", "tt", "u", "var", "wbr",
    ]
    /// Elements whose contents are no text to translate.
    private static let opaque: Set<String> = ["script", "style", "pre", "textarea", "code", "template", "svg", "math"]

    private let language: String

    /// A segmenter for HTML with text in a language, by ISO 639-1 code.
    public init(language: String) { self.language = language }

    /// The units of a document or a fragment of one.
    public func units(of html: String) -> [TextUnit] { units(of: html) {} }

    /// The units of a document or a fragment of one.
    /// - Parameter checking: called at every block and every few thousand bytes of text; what it throws ends the work.
    public func units(of html: String, checking: () throws -> Void) rethrows -> [TextUnit] {
        let bytes = Array(html.utf8)
        var units: [TextUnit] = []
        var textStart = 0
        var position = 0
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "<"), let markup = HTMLTag(at: position, in: bytes) else {
                position += 1
                continue
            }
            guard !staysInSentence(markup, at: position, in: bytes) else {
                position = markup.end
                continue
            }
            let end = markup.isOpening && Self.opaque.contains(markup.name) ? markup.contentEnd(in: bytes) : markup.end
            try append(bytes[textStart..<position], to: &units, checking)
            units.append(.verbatim(String(decoding: bytes[position..<end], as: UTF8.self)))
            position = end
            textStart = end
        }
        try append(bytes[textStart...], to: &units, checking)
        return units
    }

    /// Whether a tag is of an inline element, and is protected as a whole: neither a line break, nor a full stop, nor a model
    /// may take it apart. Tags with attributes that have no value, or over several lines, are units of their own.
    private func staysInSentence(_ tag: HTMLTag, at start: Int, in bytes: [UInt8]) -> Bool {
        guard Self.inline.contains(tag.name),
            bytes.withUnsafeBufferPointer({ MarkupScanner($0).end(at: start) }) == tag.end
        else { return false }
        return !String(decoding: bytes[start..<tag.end], as: UTF8.self).unicodeScalars.contains(where: \.breaksLine)
    }

    private func append(
        _ text: ArraySlice<UInt8>,
        to units: inout [TextUnit],
        _ checking: () throws -> Void
    ) rethrows {
        try checking()
        guard !text.isEmpty else { return }
        units += try TextSegmenter.units(
            of: String(decoding: text, as: UTF8.self),
            language: language,
            checking: checking
        )
    }
}
