/// The classes of characters that sentence rules speak of.
extension Unicode.Scalar {
    /// White space, as Unicode has it.
    var isSpace: Bool {
        isASCII ? value == 0x20 || (0x09...0x0D).contains(value) : properties.isWhitespace
    }

    /// A line break of Unicode.
    var breaksLine: Bool {
        switch value {
        case 0x0A...0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    /// A letter, or a mark on one.
    var isWordPart: Bool {
        if isASCII { return (0x41...0x5A).contains(value) || (0x61...0x7A).contains(value) || isDigit }
        if properties.isAlphabetic { return true }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber: return true
        default: return value == 0x200C || value == 0x200D
        }
    }

    /// A decimal digit of any script.
    var isDigit: Bool {
        isASCII ? (0x30...0x39).contains(value) : properties.generalCategory == .decimalNumber
    }

    /// A letter with a small form, written large.
    var isCapital: Bool {
        isASCII
            ? (0x41...0x5A).contains(value) : properties.isUppercase || properties.generalCategory == .titlecaseLetter
    }

    /// A letter with a large form, written small.
    var isSmall: Bool {
        isASCII ? (0x61...0x7A).contains(value) : properties.isLowercase
    }

    /// A quotation mark or a bracket that may close.
    var isCloser: Bool {
        switch self {
        case "\"", "'", ")", "]", "}": true
        case _ where isASCII: false
        default:
            switch properties.generalCategory {
            case .closePunctuation, .finalPunctuation, .initialPunctuation: true
            default: false
            }
        }
    }

    /// A quotation mark, a bracket or an inverted mark that may open.
    var isOpener: Bool {
        switch self {
        case "\"", "'", "(", "[", "{", "¿", "¡", "*", "_": true
        case _ where isASCII: false
        default:
            switch properties.generalCategory {
            case .openPunctuation, .finalPunctuation, .initialPunctuation: true
            default: false
            }
        }
    }

    /// A mark that ends sentences and is no full stop and no ellipsis.
    var isStrongTerminator: Bool {
        switch self {
        case "!", "?", "。", "！", "？", "｡", "।", "॥", "؟", "۔", "‽", "⁇", "⁈", "⁉", "։", "።", "፧", "‼": true
        default: false
        }
    }

    /// A letter of a script that is written without spaces between words.
    var isUnspaced: Bool {
        switch value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x2E80...0x9FFF, 0xF900...0xFAFF, 0xFF00...0xFFEF,
            0x20000...0x3FFFF:
            true
        default: false
        }
    }
}
