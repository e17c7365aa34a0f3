/// How many deliveries may be under way, together and for each owner: a receiver that does not answer holds up nobody's but
/// its owner's.
package struct DeliverySlots {
    private let all: Int
    private let ofOwner: Int
    private var taken: [String: Int] = [:]

    /// - Parameters:
    ///   - all: deliveries at once.
    ///   - ofOwner: those of one owner.
    package init(all: Int, ofOwner: Int) {
        self.all = max(1, all)
        self.ofOwner = max(1, ofOwner)
    }

    /// Slots that nobody has.
    var free: Int { all - taken.values.reduce(0, +) }

    /// Whose turn it is, of those who have something to deliver, and how many of it: first those who have the fewest under
    /// way, then those who have waited longest.
    package func turns(_ waiting: [WebhookStore.Agenda]) -> [(owner: String, limit: Int)] {
        let order = waiting.sorted { left, right in
            (taken[left.owner] ?? 0, left.nextAt) < (taken[right.owner] ?? 0, right.nextAt)
        }
        var left = free
        var turns: [(owner: String, limit: Int)] = []
        for entry in order where left > 0 {
            let limit = min(ofOwner - (taken[entry.owner] ?? 0), left)
            guard limit > 0 else { continue }
            turns.append((entry.owner, limit))
            left -= limit
        }
        return turns
    }

    /// One of an owner's is under way.
    package mutating func take(_ owner: String) { taken[owner, default: 0] += 1 }

    /// One of an owner's has ended.
    package mutating func free(_ owner: String) {
        guard let number = taken[owner] else { return }
        taken[owner] = number > 1 ? number - 1 : nil
    }
}
