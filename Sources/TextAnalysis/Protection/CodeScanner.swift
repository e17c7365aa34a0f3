/// Finds code between backticks: a run of backticks, and the next run of the same length.
struct CodeScanner {
    /// The longest run of backticks that opens code.
    private static let longestRun = 8

    private let bytes: UnsafeBufferPointer<UInt8>
    /// For each length of run, an offset from which on no such run follows; so that a text full of runs that are never
    /// closed is not searched again from each.
    private var exhausted = [Int](repeating: .max, count: longestRun + 1)

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// The code that begins at `place`, or the run of backticks there if it opens none.
    mutating func span(at place: Int) -> (end: Int, isCode: Bool) {
        let start = runEnd(place)
        let length = start - place
        guard length <= Self.longestRun, place < exhausted[length] else { return (start, false) }
        var search = start
        while let run = bytes[search...].firstIndex(of: UInt8(ascii: "`")) {
            let end = runEnd(run)
            if end - run == length { return (end, true) }
            search = end
        }
        exhausted[length] = place
        return (start, false)
    }

    private func runEnd(_ start: Int) -> Int {
        bytes.end(from: start) { $0 == UInt8(ascii: "`") }
    }
}
