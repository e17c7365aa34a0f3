/// Counts words, for estimates, quotas and statistics.
package enum WordCount {
    /// Words in a text: what white space separates, if it holds a letter or a digit. Chinese, Japanese and the scripts of
    /// South-East Asia write without spaces; there, two characters count as a word, which is near their average.
    package static func words(in text: String) -> Int {
        var words = 0
        var dense = 0
        var isInWord = false
        for scalar in text.unicodeScalars {
            if isDense(scalar) {
                dense += 1
                isInWord = false
            } else if isLetterOrDigit(scalar) {
                if !isInWord { words += 1 }
                isInWord = true
            } else if scalar.properties.isWhitespace {
                isInWord = false
            }
        }
        return words + (dense + 1) / 2
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
        }
        return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }

    private static func isDense(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // Thai, Lao, Myanmar, Khmer; kana; Han and its extensions.
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF: true
        case 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF: true
        default: false
        }
    }
}
