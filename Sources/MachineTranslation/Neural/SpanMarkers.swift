/// The words that stand for protected spans while a model translates the text around them: `Q1Q`, `Q2Q`, …
///
/// Short words of capitals and a number, which models copy as they copy names. A segment that holds a Q gets `QX1QX`,
/// one that holds that gets `QXX1QXX`, and so on: what stands on both sides of the number is not in the segment, and so
/// no marker is.
struct SpanMarkers {
    /// The most letters X in a marker. Longer ones no model copies, and a text that asks for them was made to.
    private static let mostLetters = 6

    private let frame: String

    /// Chooses the markers for a segment, in one pass over it; nil where all of them could be mistaken for its own text.
    init?(for segment: String) {
        var longest = -1
        var run = -1
        for byte in segment.utf8 {
            switch byte {
            case UInt8(ascii: "Q"): run = 0
            case UInt8(ascii: "X") where run >= 0: run += 1
            default: run = -1
            }
            longest = max(longest, run)
        }
        guard longest < Self.mostLetters else { return nil }
        // −1 where the segment has no Q.
        frame = "Q" + String(repeating: "X", count: longest + 1)
    }

    /// The marker for the span with the given index.
    func marker(_ index: Int) -> String { "\(frame)\(index + 1)\(frame)" }
}
