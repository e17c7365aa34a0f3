/// A dictionary that forgets: it holds at most `capacity` entries, and keeps those used lately.
///
/// Entries live in two generations. When the younger is full, the older is dropped; an entry that is written, or read
/// with `use`, moves to the younger. So at least the `capacity / 2` last used entries are there, at constant cost.
struct BoundedMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let generationSize: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    init(capacity: Int) { generationSize = max(1, capacity / 2) }

    var count: Int { young.count + old.keys.count { young[$0] == nil } }

    /// The value, kept for longer.
    mutating func use(_ key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old.removeValue(forKey: key) else { return nil }
        self[key] = value
        return value
    }

    subscript(_ key: Key) -> Value? {
        get { young[key] ?? old[key] }
        set {
            old[key] = nil
            guard let newValue else {
                young[key] = nil
                return
            }
            if young[key] == nil, young.count >= generationSize {
                old = young
                young = [:]
            }
            young[key] = newValue
        }
    }

    mutating func removeAll(where shouldRemove: (Value) -> Bool) {
        young = young.filter { !shouldRemove($0.value) }
        old = old.filter { !shouldRemove($0.value) }
    }
}
