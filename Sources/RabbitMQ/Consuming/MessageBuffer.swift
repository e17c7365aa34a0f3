internal import DequeModule
package import JobSystem

/// A message that the broker has handed to this process and that is not acknowledged yet.
package struct DeliveredMessage: Hashable, Sendable {
    package var message: JobMessage
    /// The broker's number of the delivery, and the connection on which it counts.
    package var tag: UInt64
    package var generation: UInt64

    package init(message: JobMessage, tag: UInt64, generation: UInt64) {
        self.message = message
        self.tag = tag
        self.generation = generation
    }
}

/// Messages that wait to be claimed, by class; a pure state machine. The broker bounds it by the prefetch.
package struct MessageBuffer: Sendable {
    private var queues: [PriorityClass: Deque<DeliveredMessage>] = [:]
    private var turns = ClassTurns()

    package init() {}

    package var count: Int { queues.values.reduce(0) { $0 + $1.count } }

    package func hasMessages(of classes: Set<PriorityClass>) -> Bool {
        classes.contains { queues[$0]?.isEmpty == false }
    }

    package mutating func add(_ delivered: DeliveredMessage) {
        queues[delivered.message.priorityClass, default: []].append(delivered)
    }

    /// Takes messages of these classes by turns (`ClassTurns`), within a class in the order they came.
    package mutating func take(_ limit: Int, of classes: Set<PriorityClass>) -> [DeliveredMessage] {
        var taken: [DeliveredMessage] = []
        var waiting = classes.filter { queues[$0]?.isEmpty == false }
        while taken.count < limit, let next = turns.next(among: waiting) {
            if let delivered = queues[next]?.popFirst() { taken.append(delivered) }
            if queues[next]?.isEmpty != false { waiting.remove(next) }
        }
        return taken
    }

    /// Puts back what was taken and not used, before what came since.
    package mutating func putBack(_ taken: [DeliveredMessage]) {
        for (priorityClass, messages) in Dictionary(grouping: taken, by: \.message.priorityClass) {
            queues[priorityClass, default: []].prepend(contentsOf: messages)
        }
    }

    /// Takes out the messages about these jobs.
    package mutating func remove(_ ids: Set<JobID>) -> [DeliveredMessage] {
        queues.keys.flatMap { priorityClass -> [DeliveredMessage] in
            let unwanted = queues[priorityClass]?.filter { ids.contains($0.message.id) } ?? []
            guard !unwanted.isEmpty else { return [] }
            queues[priorityClass]?.removeAll { ids.contains($0.message.id) }
            return Array(unwanted)
        }
    }

    package mutating func removeAll() { queues = [:] }
}
