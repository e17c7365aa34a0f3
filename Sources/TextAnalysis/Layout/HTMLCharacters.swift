/// Text between tags: character references decoded for translation, and encoded again.
///
/// What comes back holds no tag that was not there before: only the tags and unknown references of the source are left as
/// they are, everything else is escaped.
public struct HTMLCharacters: Sendable {
    /// The source as plain text, with its tags.
    public let plain: String
    /// Tags and references that must come out as they went in.
    private let kept: Set<ArraySlice<UInt8>>

    /// Decodes a sentence of HTML.
    public init(_ html: String) {
        let bytes = Array(html.utf8)
        var plain: [UInt8] = []
        var kept: Set<ArraySlice<UInt8>> = []
        var position = 0
        while position < bytes.count {
            var end = position + 1
            if bytes[position] == UInt8(ascii: "<"), let tag = Self.tag(at: position, in: bytes) {
                end = tag.end
                kept.insert(bytes[position..<end])
                plain += bytes[position..<end]
            } else if bytes[position] == UInt8(ascii: "&"), let reference = Self.reference(at: position, in: bytes) {
                end = reference.end
                if let text = reference.text {
                    plain += text.utf8
                } else {
                    kept.insert(bytes[position..<end])
                    plain += bytes[position..<end]
                }
            } else {
                plain.append(bytes[position])
            }
            position = end
        }
        self.plain = String(decoding: plain, as: UTF8.self)
        self.kept = kept
    }

    /// Encodes a translation of `plain`.
    public func encode(_ translation: String) -> String {
        let bytes = Array(translation.utf8)
        var html: [UInt8] = []
        var position = 0
        while position < bytes.count {
            var end = position + 1
            switch bytes[position] {
            case UInt8(ascii: "<"):
                if let tag = Self.tag(at: position, in: bytes), kept.contains(bytes[position..<tag.end]) {
                    end = tag.end
                    html += bytes[position..<end]
                } else {
                    html += "&lt;".utf8
                }
            case UInt8(ascii: ">"): html += "&gt;".utf8
            case UInt8(ascii: "&"):
                if let reference = Self.reference(at: position, in: bytes),
                    kept.contains(bytes[position..<reference.end])
                {
                    end = reference.end
                    html += bytes[position..<end]
                } else {
                    html += "&amp;".utf8
                }
            default: html.append(bytes[position])
            }
            position = end
        }
        return String(decoding: html, as: UTF8.self)
    }

    /// The tag at `<`. A sentence holds no comments and declarations, which are units of their own; to look for the end
    /// of each `<!` that a text writes as `&lt;!` would take time that grows with the square of its length.
    private static func tag(at start: Int, in bytes: [UInt8]) -> HTMLTag? {
        let isDeclaration = start + 1 < bytes.count && "!?".utf8.contains(bytes[start + 1])
        return isDeclaration ? nil : HTMLTag(at: start, in: bytes)
    }

    /// A character reference at `&`: where it ends, and its text where that is known.
    private static func reference(at start: Int, in bytes: [UInt8]) -> (end: Int, text: String?)? {
        guard let end = bytes[start..<min(bytes.count, start + 34)].firstIndex(of: UInt8(ascii: ";")), end > start + 1
        else { return nil }
        let name = String(decoding: bytes[(start + 1)..<end], as: UTF8.self)
        guard name.hasPrefix("#") else {
            guard name.utf8.allSatisfy({ ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || $0 >= 0x30 && $0 <= 0x39 })
            else {
                return nil
            }
            return (end + 1, names[name])
        }
        let isHexadecimal = name.hasPrefix("#x") || name.hasPrefix("#X")
        let digits = name.dropFirst(isHexadecimal ? 2 : 1)
        guard let value = UInt32(digits, radix: isHexadecimal ? 16 : 10) else { return nil }
        // Characters that a text cannot hold are left as they are written.
        let isControl = value < 0x20 && value != 0x09 && value != 0x0A || (0x7F...0x9F).contains(value)
        return (end + 1, isControl ? nil : Unicode.Scalar(value).map { String(Character($0)) })
    }

    /// The named references that occur in running text (HTML, section 13.5).
    private static let names: [String: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}", "iexcl": "¡", "iquest": "¿",
        "cent": "¢", "pound": "£", "yen": "¥", "euro": "€", "sect": "§", "copy": "©", "reg": "®", "trade": "™",
        "deg": "°", "plusmn": "±", "micro": "µ", "para": "¶", "middot": "·", "bull": "•", "hellip": "…", "ndash": "–",
        "mdash": "—", "lsquo": "‘", "rsquo": "’", "sbquo": "‚", "ldquo": "“", "rdquo": "”", "bdquo": "„",
        "laquo": "«", "raquo": "»", "ordf": "ª", "ordm": "º", "frac12": "½", "frac14": "¼", "frac34": "¾",
        "times": "×", "divide": "÷", "Aacute": "Á", "aacute": "á", "Agrave": "À", "agrave": "à", "Acirc": "Â",
        "acirc": "â", "Auml": "Ä", "auml": "ä", "Atilde": "Ã", "atilde": "ã", "Aring": "Å", "aring": "å",
        "AElig": "Æ", "aelig": "æ", "Ccedil": "Ç", "ccedil": "ç", "Eacute": "É", "eacute": "é", "Egrave": "È",
        "egrave": "è", "Ecirc": "Ê", "ecirc": "ê", "Euml": "Ë", "euml": "ë", "Iacute": "Í", "iacute": "í",
        "Igrave": "Ì", "igrave": "ì", "Icirc": "Î", "icirc": "î", "Iuml": "Ï", "iuml": "ï", "Ntilde": "Ñ",
        "ntilde": "ñ", "Oacute": "Ó", "oacute": "ó", "Ograve": "Ò", "ograve": "ò", "Ocirc": "Ô", "ocirc": "ô",
        "Ouml": "Ö", "ouml": "ö", "Otilde": "Õ", "otilde": "õ", "Oslash": "Ø", "oslash": "ø", "OElig": "Œ",
        "oelig": "œ", "szlig": "ß", "Uacute": "Ú", "uacute": "ú", "Ugrave": "Ù", "ugrave": "ù", "Ucirc": "Û",
        "ucirc": "û", "Uuml": "Ü", "uuml": "ü", "Yacute": "Ý", "yacute": "ý", "yuml": "ÿ",
    ]
}
