internal import Environment

/// A number that changes in steps, and its integral over time.
struct Level {
    private(set) var value = 0
    private var area = 0.0
    private var changedAt: Timestamp

    init(from time: Timestamp) { changedAt = time }

    mutating func change(by difference: Int, at time: Timestamp) {
        area = total(until: time)
        changedAt = time
        value += difference
    }

    /// The integral since the begin, in seconds times the number.
    func total(until time: Timestamp) -> Double {
        area + Double(value) * ((time - changedAt) / .seconds(1))
    }
}
