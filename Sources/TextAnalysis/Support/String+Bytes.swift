/// Positions as byte offsets, which C libraries and byte scanners speak.
extension String {
    /// The index of the byte at `offset`; constant time for native strings.
    func index(atByte offset: Int) -> Index {
        utf8.index(utf8.startIndex, offsetBy: offset)
    }

    /// The offset of the byte at `index`.
    func byteOffset(_ index: Index) -> Int {
        utf8.distance(from: utf8.startIndex, to: index)
    }

    /// The range without white space at its ends.
    func trimmed(_ range: Range<Index>) -> Range<Index> {
        let scalars = unicodeScalars[range]
        let start = scalars.firstIndex { !$0.isSpace } ?? range.upperBound
        var end = range.upperBound
        while end > start {
            let previous = unicodeScalars.index(before: end)
            guard unicodeScalars[previous].isSpace else { break }
            end = previous
        }
        return start..<end
    }
}
