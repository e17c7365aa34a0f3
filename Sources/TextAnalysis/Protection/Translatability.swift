/// Whether there is anything to translate in `sentence`: a letter outside of URLs, addresses, placeholders, markup, code
/// and emoji.
public func isTranslatable(_ sentence: String) -> Bool {
    var sentence = sentence
    sentence.makeContiguousUTF8()
    var start = 0
    for span in ProtectedSpans.byteRanges(in: sentence) {
        if sentence.hasLetter(start..<span.lowerBound) { return true }
        start = span.upperBound
    }
    return sentence.hasLetter(start..<sentence.utf8.count)
}

extension String {
    fileprivate func hasLetter(_ bytes: Range<Int>) -> Bool {
        unicodeScalars[index(atByte: bytes.lowerBound)..<index(atByte: bytes.upperBound)].contains {
            $0.isASCII ? UInt8($0.value).isASCIILetter : $0.properties.isAlphabetic
        }
    }
}
