/// The normalization rules inside a SentencePiece model: a double-array trie from character sequences to replacements.
///
/// Layout: the trie's size in bytes (UInt32), its units (UInt32 each, little-endian), then the replacements, each ended
/// by a zero byte. A unit holds a label in bits 0–7, "a value is attached" in bit 8, and in bits 9–30 the distance
/// (XOR) to its children; bit 31 marks a unit that holds a value: the offset of a replacement. (Format of darts-clone.)
package struct CharacterMap {
    /// The library collects at most this many rules that match at one place.
    static let maximumMatches = 32
    /// The longest replacement accepted, in bytes. The longest in Unicode's NFKC has 33.
    static let maximumReplacement = 128

    private let units: [UInt32]
    private let replacements: ArraySlice<UInt8>

    /// Splits the map into its parts. An empty map means "no rules".
    package init(_ bytes: [UInt8]) throws(ModelFault) {
        guard !bytes.isEmpty else {
            units = []
            replacements = []
            return
        }
        guard bytes.count > 4 else { throw ModelFault("normalization rules of \(bytes.count) bytes") }
        let size = (0..<4).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
        guard size >= 4, size % 4 == 0, size < bytes.count - 4 else {
            throw ModelFault("a normalization trie of \(size) bytes in rules of \(bytes.count) bytes")
        }
        units = bytes.withUnsafeBytes { raw in
            (0..<size / 4).map { UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 + 4 * $0, as: UInt32.self)) }
        }
        replacements = bytes[(4 + size)...]
    }

    /// Makes sure that a search stays inside the trie whatever text it follows, ends after few matches, and finds
    /// replacements that exist and are short.
    /// - Throws: `ModelFault`, which says what was found.
    package func check() throws(ModelFault) {
        guard !units.isEmpty else { return }
        guard replacements.last == 0 else { throw ModelFault("an unfinished normalization rule") }
        let ends = replacementLengths()
        var walk = TrieWalk(units: units)
        try walk.run { value throws(ModelFault) in
            guard value < ends.count else { throw ModelFault("normalization rule \(value) of \(ends.count)") }
            guard ends[value] <= Self.maximumReplacement else {
                throw ModelFault("a normalization rule that writes \(ends[value]) bytes")
            }
        }
    }

    /// For each offset, the number of bytes up to the next zero byte.
    private func replacementLengths() -> [Int] {
        var lengths = [Int](repeating: 0, count: replacements.count)
        var length = 0
        for (index, byte) in zip(lengths.indices, replacements).reversed() {
            length = byte == 0 ? 0 : length + 1
            lengths[index] = length
        }
        return lengths
    }
}

/// Visits every state that some text leads to, each once, depth first and without recursion.
private struct TrieWalk {
    private static let none: Int32 = -1
    private static let unvisited: Int8 = -1
    private static let open: Int8 = -2

    /// A state on the way from the root to the current one.
    private struct Step {
        var state: Int
        /// The next child to visit.
        var child: Int32
        /// Whether the unit that led here has a value.
        var hasValue: Bool
        /// The most values on any path below, so far.
        var matches: Int8 = 0
    }

    private let units: [UInt32]
    /// For each state, its first child; for each unit, its next sibling.
    private var firstChild: [Int32]
    private var nextSibling: [Int32]
    /// For each state, the most values on any path below it.
    private var matches: [Int8]
    private var path: [Step] = []

    init(units: [UInt32]) {
        self.units = units
        firstChild = Array(repeating: Self.none, count: units.count)
        nextSibling = Array(repeating: Self.none, count: units.count)
        matches = Array(repeating: Self.unvisited, count: units.count)
        for (position, unit) in units.enumerated() where unit >> 31 == 0 {
            // A unit is found from the state at `position ^ label`, and only from there.
            let state = position ^ Int(unit & 0xFF)
            guard state < units.count else { continue }
            nextSibling[position] = firstChild[state]
            firstChild[state] = Int32(position)
        }
    }

    /// - Parameter checkValue: called with every value that some text leads to.
    mutating func run(checkValue: (Int) throws(ModelFault) -> Void) throws(ModelFault) {
        try enter(position: 0, isRoot: true, checkValue)
        while let step = path.last {
            if step.child == Self.none {
                try leave()
            } else {
                path[path.count - 1].child = nextSibling[Int(step.child)]
                try enter(position: Int(step.child), isRoot: false, checkValue)
            }
        }
    }

    private mutating func enter(
        position: Int,
        isRoot: Bool,
        _ checkValue: (Int) throws(ModelFault) -> Void
    ) throws(ModelFault) {
        let unit = units[position]
        let state = position ^ Int((unit >> 10) << ((unit & 0x200) >> 6))
        // The next byte of the text replaces the lowest byte of the state.
        guard state | 0xFF < units.count else {
            throw ModelFault("a normalization trie that leads to unit \(state) of \(units.count)")
        }
        let hasValue = !isRoot && unit & 0x100 != 0
        if hasValue { try checkValue(Int(units[state] & 0x7FFF_FFFF)) }
        switch matches[state] {
        case Self.open: throw ModelFault("a normalization trie with a loop")
        case Self.unvisited:
            matches[state] = Self.open
            path.append(Step(state: state, child: firstChild[state], hasValue: hasValue))
        case let known: try report(known + (hasValue ? 1 : 0))
        }
    }

    private mutating func leave() throws(ModelFault) {
        let step = path.removeLast()
        matches[step.state] = step.matches
        try report(step.matches + (step.hasValue ? 1 : 0))
    }

    private mutating func report(_ count: Int8) throws(ModelFault) {
        guard count <= CharacterMap.maximumMatches else {
            throw ModelFault("more than \(CharacterMap.maximumMatches) normalization rules that match at one place")
        }
        guard !path.isEmpty else { return }
        path[path.count - 1].matches = max(path[path.count - 1].matches, count)
    }
}
