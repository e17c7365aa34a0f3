/// Finds what somebody may have meant.
package enum NearestName {
    /// The candidate with the fewest edits (insertions, deletions, changes and swaps of neighbours), if those are at most a
    /// third of the word's length, and two at most. `nil` for words of more than 64 bytes.
    package static func suggestion(for word: String, among candidates: some Sequence<String>) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let limit = min(2, max(1, word.utf8.count / 3))
        let ranked = candidates.map { (edits(Array(word.utf8), Array($0.utf8)), $0) }
        guard let best = ranked.min(by: { $0 < $1 }), best.0 <= limit else { return nil }
        return best.1
    }

    /// Optimal string alignment distance, row by row: letters to change, to add, to leave out, or to swap with the next.
    package static func edits(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                let change = last[column] + (byte == other ? 0 : 1)
                var cost = min(change, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
