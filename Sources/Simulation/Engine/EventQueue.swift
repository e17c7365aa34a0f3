internal import Environment

/// What is going to happen, by time; what is to happen at the same time comes in the order in which it was planned.
struct EventQueue {
    /// Something that happens. Workers and jobs are named by numbers; events about what has changed since are void.
    enum Event {
        /// The next job comes in.
        case arrival(Int)
        /// A worker can claim.
        case started(worker: Int)
        /// A worker ends the job it works on, unless its plan has changed.
        case finished(worker: Int, plan: Int)
        /// A worker that drains has no more time.
        case drainEnded(worker: Int)
        /// A spot worker is taken away.
        case interrupted(worker: Int)
        /// The lease of a worker that vanished is found to have run out.
        case leaseExpired(job: Int, attempt: Int)
        /// The delay before another attempt is over.
        case available(job: Int)
        /// The autoscaler looks.
        case scaling
        /// The state is noted for the plot.
        case sample
    }

    private struct Entry {
        var time: Timestamp
        var number: Int
        var event: Event
    }

    private var number = 0
    private var heap = PriorityHeap<Entry> { ($0.time, $0.number) < ($1.time, $1.number) }

    mutating func plan(_ event: Event, at time: Timestamp) {
        heap.insert(Entry(time: time, number: number, event: event))
        number += 1
    }

    mutating func next() -> (time: Timestamp, event: Event)? {
        heap.removeFirst().map { ($0.time, $0.event) }
    }
}
