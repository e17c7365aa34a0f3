internal import Environment

/// Entries by key within a number of bytes; those that were not used for longest go first.
///
/// A doubly linked list through the slots of an array, from `first` (used last) to `last`.
struct LRUEntries: Sendable {
    private struct Slot: Sendable {
        var key: String
        var value: [UInt8]
        var expires: Timestamp
        var previous: Int?
        var next: Int?
    }

    /// What an entry costs beside its bytes, roughly.
    private static let overhead = 100

    private let capacity: Int
    private(set) var size = 0
    private var slots: [Slot] = []
    private var free: [Int] = []
    private var places: [String: Int] = [:]
    private var first: Int?
    private var last: Int?

    init(capacity: Int) { self.capacity = capacity }

    /// The value, if it is there and its time is not over.
    mutating func use(_ key: String, at time: Timestamp) -> [UInt8]? {
        guard let place = places[key] else { return nil }
        guard time < slots[place].expires else {
            remove(key)
            return nil
        }
        unlink(place)
        link(place)
        return slots[place].value
    }

    /// Puts a value in, and as many out as it needs room. One that is larger than everything is not kept.
    mutating func insert(_ key: String, _ value: [UInt8], expires: Timestamp) {
        remove(key)
        let cost = Self.cost(key, value)
        guard cost <= capacity else { return }
        while size + cost > capacity, let last { remove(slots[last].key) }
        let slot = Slot(key: key, value: value, expires: expires)
        let place: Int
        if let reused = free.popLast() {
            place = reused
            slots[place] = slot
        } else {
            place = slots.count
            slots.append(slot)
        }
        places[key] = place
        size += cost
        link(place)
    }

    mutating func remove(_ key: String) {
        guard let place = places.removeValue(forKey: key) else { return }
        unlink(place)
        size -= Self.cost(slots[place].key, slots[place].value)
        slots[place] = Slot(key: "", value: [], expires: Timestamp(microseconds: .min))
        free.append(place)
    }

    private static func cost(_ key: String, _ value: [UInt8]) -> Int { key.utf8.count + value.count + overhead }

    private mutating func link(_ place: Int) {
        slots[place].previous = nil
        slots[place].next = first
        if let first { slots[first].previous = place }
        first = place
        if last == nil { last = place }
    }

    private mutating func unlink(_ place: Int) {
        let (previous, next) = (slots[place].previous, slots[place].next)
        if let previous { slots[previous].next = next } else { first = next }
        if let next { slots[next].previous = previous } else { last = previous }
    }
}
