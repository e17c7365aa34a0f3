package import JobSystem

/// Which class's message is taken next: mostly the highest, but never that alone.
///
/// Picks follow a cycle of sixteen turns: twelve of CRITICAL, three of HIGH, one of STANDARD. A turn whose class has no
/// message goes to the highest class that has one. So of any sixteen picks in a row, a HIGH that waits all the while
/// gets three at least, and a STANDARD one; and where nothing else waits, a class gets all.
package struct ClassTurns: Sendable {
    private static let cycle: [PriorityClass] = [
        .critical, .high, .critical, .critical, .critical, .critical, .high, .critical,
        .critical, .critical, .critical, .high, .critical, .critical, .critical, .standard,
    ]

    private var position = 0

    package init() {}

    /// - Parameter waiting: the classes that have a message.
    /// - Returns: one of them; nil if there is none.
    package mutating func next(among waiting: Set<PriorityClass>) -> PriorityClass? {
        guard let highest = PriorityClass.allCases.first(where: waiting.contains) else { return nil }
        let turn = Self.cycle[position]
        position = (position + 1) % Self.cycle.count
        return waiting.contains(turn) ? turn : highest
    }
}
