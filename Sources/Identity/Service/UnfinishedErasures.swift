internal import Synchronization

/// Users of whom something could not be erased yet, and who wanted it. In memory: the accounts are locked meanwhile, and
/// whoever erases one again finishes what a server that ended has left.
final class UnfinishedErasures: Sendable {
    /// More are left to whoever asks again.
    private static let most = 1_000

    private let users = Mutex<[String: Actor]>([:])

    var all: [(userID: String, actor: Actor)] { users.withLock { $0.map { (userID: $0.key, actor: $0.value) } } }

    func insert(_ userID: String, by actor: Actor) {
        users.withLock { if $0.count < Self.most || $0[userID] != nil { $0[userID] = actor } }
    }

    func remove(_ userID: String) { users.withLock { $0[userID] = nil } }
}
