/// Cuts one line into its units.
struct LineCutter: Sendable {
    private let splitter: SentenceSplitter
    private let prefix: LinePrefix

    init(language: String) {
        splitter = SentenceSplitter(language: language)
        prefix = LinePrefix(language: language)
    }

    /// The units of a line and its line break.
    /// - Parameter isContinuation: whether the beginning of the line was cut off before.
    func units(of line: String, isContinuation: Bool, lineBreak: String) -> [TextUnit] {
        var units = UnitList()
        add(sentences(of: line, isContinuation: isContinuation), of: line, to: &units)
        units.add(verbatim: lineBreak)
        return units.units
    }

    /// The units of the first part of a line that is too long, and that part's length in bytes.
    ///
    /// Cuts where a sentence ends, but not the last that does, since what follows may belong to it; otherwise behind
    /// white space in the second half; otherwise between characters.
    func cut(_ line: String, isContinuation: Bool) -> (units: [TextUnit], length: Int) {
        let sentences = sentences(of: line, isContinuation: isContinuation)
        var end = sentences.ranges.last?.lowerBound ?? line.endIndex
        var ranges = sentences.ranges.dropLast()
        if ranges.isEmpty {
            end = fallbackCut(line)
            ranges = [line.trimmed(min(sentences.start, end)..<end)]
        }
        var units = UnitList()
        add((sentences.start, Array(ranges)), of: line[..<end], to: &units)
        return (units.units, line.byteOffset(end))
    }

    private func sentences(
        of line: String,
        isContinuation: Bool
    ) -> (start: String.Index, ranges: [Range<String.Index>]) {
        let start = isContinuation ? line.startIndex : prefix.end(in: line)
        let text = String(line[start...])
        let offset = line.byteOffset(start)
        let ranges = splitter.sentences(in: text).map { range in
            line.index(
                atByte: offset + text.byteOffset(range.lowerBound)
            )..<line.index(atByte: offset + text.byteOffset(range.upperBound))
        }
        return (start, ranges)
    }

    private func add(
        _ sentences: (start: String.Index, ranges: [Range<String.Index>]),
        of line: some StringProtocol,
        to units: inout UnitList
    ) {
        var end = line.startIndex
        for range in sentences.ranges {
            units.add(verbatim: line[end..<range.lowerBound])
            units.add(sentence: String(line[range]))
            end = range.upperBound
        }
        units.add(verbatim: line[end...])
    }

    private func fallbackCut(_ line: String) -> String.Index {
        let middle = line.index(atByte: line.utf8.count / 2)
        let scalars = line.unicodeScalars
        if let space = scalars[middle...].lastIndex(where: \.isSpace) { return scalars.index(after: space) }
        let last = line.index(before: line.endIndex)
        return last > line.startIndex ? last : line.endIndex
    }
}

/// Units in order; neighbouring verbatim units become one.
private struct UnitList {
    private var finished: [TextUnit] = []
    /// The verbatim unit at the end, which more may be added to: in place, however many there are.
    private var verbatim = ""

    var units: [TextUnit] { verbatim.isEmpty ? finished : finished + [.verbatim(verbatim)] }

    mutating func add(verbatim text: some StringProtocol) {
        verbatim.append(contentsOf: text)
    }

    mutating func add(sentence: String) {
        guard isTranslatable(sentence) else { return add(verbatim: sentence) }
        if !verbatim.isEmpty { finished.append(.verbatim(verbatim)) }
        verbatim = ""
        finished.append(.sentence(sentence))
    }
}
