internal import Environment

/// A worker and the jobs it holds. It works on one of them at a time, the one that is due first, as the engine takes
/// the segments of all its jobs by due time; the others wait in their slots.
struct SimulatedWorker {
    enum State: Hashable {
        /// Paid for, and not yet able to claim.
        case starting
        case ready
        /// Claims nothing any more.
        case draining
    }

    let id: Int
    let purchase: PriceList.Purchase
    let orderedAt: Timestamp
    var state = State.starting
    /// The jobs it has claimed, as indices.
    private(set) var jobs: [Int] = []
    /// The job it works on, since when, and the plan's number: a planned end counts only while its number is current.
    private(set) var current: (job: Int, since: Timestamp)?
    private(set) var plan = 0

    init(id: Int, purchase: PriceList.Purchase, orderedAt: Timestamp) {
        self.id = id
        self.purchase = purchase
        self.orderedAt = orderedAt
    }

    mutating func add(_ job: Int) { jobs.append(job) }

    mutating func remove(_ job: Int) { jobs.removeAll { $0 == job } }

    /// Changes what it works on; every earlier plan is void.
    mutating func work(on job: Int?, from time: Timestamp) {
        plan += 1
        current = job.map { ($0, time) }
    }
}
