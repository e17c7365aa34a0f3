internal import DequeModule

/// Which acknowledgements to send for deliveries that are settled: as few as possible. A pure state machine for one
/// connection.
///
/// The broker numbers deliveries upwards, and takes an acknowledgement of one, or of all up to one. Deliveries are
/// mostly settled in their order, many at a time, but a class that waits for its turn holds its deliveries open
/// meanwhile.
package struct Acknowledgements: Sendable {
    package struct Acknowledgement: Hashable, Sendable {
        package var tag: UInt64
        /// Stands for all open deliveries up to it.
        package var isMultiple: Bool

        package init(tag: UInt64, isMultiple: Bool) {
            self.tag = tag
            self.isMultiple = isMultiple
        }
    }

    /// Deliveries from the earliest on whose fate the broker does not know, in order.
    private var open = Deque<UInt64>()
    /// Those among them that it knows.
    private var known: Set<UInt64> = []

    package init() {}

    /// A delivery has come. Tags rise.
    package mutating func add(_ tag: UInt64) { open.append(tag) }

    /// The broker is told about this delivery otherwise.
    package mutating func leaveOut(_ tag: UInt64) { known.insert(tag) }

    /// - Returns: what to send, to have told about these deliveries and no others.
    package mutating func settle(_ tags: Set<UInt64>) -> [Acknowledgement] {
        var last: UInt64?
        while let first = open.first {
            if tags.contains(first) {
                last = first
            } else if known.remove(first) == nil {
                break
            }
            _ = open.popFirst()
        }
        let single = tags.filter { tag in last.map { tag > $0 } ?? true }.sorted()
        known.formUnion(single)
        return (last.map { [Acknowledgement(tag: $0, isMultiple: true)] } ?? [])
            + single.map { Acknowledgement(tag: $0, isMultiple: false) }
    }
}
