/// A script, as far as it tells languages apart.
enum WritingSystem: Sendable, Hashable, CaseIterable {
    case latin, cyrillic, greek, armenian, georgian, hebrew, arabic, thaana, devanagari, bengali, gurmukhi, gujarati
    case oriya, tamil, telugu, kannada, malayalam, sinhala, thai, lao, tibetan, burmese, khmer, ethiopic, hangul, kana
    case han

    /// The script of a letter, or nil for other characters and other scripts.
    init?(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x41...0x5A, 0x61...0x7A: self = .latin
        case ..<0xC0: return nil
        case 0xD7, 0xF7: return nil
        case ...0x24F, 0x1E00...0x1EFF: self = .latin
        case 0x370...0x3FF, 0x1F00...0x1FFF: self = .greek
        case 0x400...0x52F: self = .cyrillic
        case 0x531...0x58F: self = .armenian
        case 0x590...0x5FF: self = .hebrew
        case 0x600...0x6FF, 0x750...0x77F, 0x8A0...0x8FF, 0xFB50...0xFDFF, 0xFE70...0xFEFC: self = .arabic
        case 0x780...0x7BF: self = .thaana
        case 0x900...0x97F: self = .devanagari
        case 0x10A0...0x10FF: self = .georgian
        case 0x1200...0x139F: self = .ethiopic
        case 0x1780...0x17FF: self = .khmer
        default:
            guard let script = Self.indic(scalar.value) ?? Self.eastAsian(scalar.value) else { return nil }
            self = script
        }
    }

    private static func indic(_ value: UInt32) -> WritingSystem? {
        switch value {
        case 0x980...0x9FF: .bengali
        case 0xA00...0xA7F: .gurmukhi
        case 0xA80...0xAFF: .gujarati
        case 0xB00...0xB7F: .oriya
        case 0xB80...0xBFF: .tamil
        case 0xC00...0xC7F: .telugu
        case 0xC80...0xCFF: .kannada
        case 0xD00...0xD7F: .malayalam
        case 0xD80...0xDFF: .sinhala
        case 0xE00...0xE7F: .thai
        case 0xE80...0xEFF: .lao
        case 0xF00...0xFFF: .tibetan
        case 0x1000...0x109F: .burmese
        default: nil
        }
    }

    private static func eastAsian(_ value: UInt32) -> WritingSystem? {
        switch value {
        case 0x1100...0x11FF, 0x3130...0x318F, 0xAC00...0xD7AF: .hangul
        case 0x3041...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F: .kana
        case 0x3400...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF: .han
        default: nil
        }
    }

    /// The scripts a language is written in, by the codes of lid.176.
    static func scripts(of language: String) -> Set<WritingSystem> {
        known[language] ?? [.latin]
    }

    /// All languages of lid.176 that are not written in Latin script alone.
    private static let known: [String: Set<WritingSystem>] = {
        let codes: [(String, Set<WritingSystem>)] = [
            ("av ba be bg bxr ce cv krc kk kv ky lez mhr mk mn mrj myv os ru rue sah tg tt tyv uk xal", [.cyrillic]),
            ("sr sh bs uz", [.cyrillic, .latin]),
            ("el", [.greek]), ("hy", [.armenian]), ("ka xmf", [.georgian]), ("he yi", [.hebrew]), ("dv", [.thaana]),
            ("ar arz azb ckb fa lrc mzn pnb ps sd ug ur", [.arabic]), ("ku", [.latin, .arabic]),
            ("bh dty gom hi mai mr ne new sa", [.devanagari]), ("as bn bpy", [.bengali]), ("pa", [.gurmukhi]),
            ("gu", [.gujarati]), ("or", [.oriya]), ("ta", [.tamil]), ("te", [.telugu]), ("kn", [.kannada]),
            ("ml", [.malayalam]), ("si", [.sinhala]), ("th", [.thai]), ("lo", [.lao]), ("bo", [.tibetan]),
            ("my", [.burmese]), ("km", [.khmer]), ("am", [.ethiopic]), ("ko", [.hangul, .han]), ("ja", [.kana, .han]),
            ("zh yue wuu", [.han]),
        ]
        return codes.reduce(into: [:]) { table, entry in
            for code in entry.0.split(separator: " ") { table[String(code)] = entry.1 }
        }
    }()
}
