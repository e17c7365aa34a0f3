internal import Synchronization

/// Calls that come while another is being carried out are carried out together.
///
/// For writes that cost much each and little more together: a transaction for a hundred rows instead of a hundred
/// transactions. One caller at a time acts for a key; those who come meanwhile wait here, and the first of them then
/// acts for all. Who comes alone therefore waits for nobody, and under load groups grow by themselves. What cannot be
/// done together is done one by one, so that everybody gets the answer that is due; nobody is answered before what they
/// asked for has been done. What is done together goes on though the task of one who asked is cancelled. Thread-safe.
package final class Combiner<Key: Hashable & Sendable, Item: Sendable, Answer: Sendable>: Sendable {
    /// What somebody who waited is to do.
    private enum Turn: Sendable {
        /// Act for these as well.
        case lead([Follower])
        /// Nothing: it is done.
        case done(Result<Answer, any Error>)
        /// Act for oneself.
        case alone
    }

    private struct Follower: Sendable {
        var item: Item
        var continuation: CheckedContinuation<Turn, Never>
    }

    private let most: Int
    private let heaviest: Int
    private let weight: @Sendable (Item) -> Int
    private let together: @Sendable (Key, [Item]) async throws -> [Answer]?
    private let alone: @Sendable (Key, Item) async throws -> Answer
    /// Who waits, by key; nothing for keys that nobody acts for.
    private let waiting = Mutex<[Key: [Follower]]>([:])

    /// - Parameters:
    ///   - most: items that go together.
    ///   - heaviest: how much the items that go together weigh, unless one alone weighs more.
    ///   - weight: of an item, such as its bytes.
    ///   - together: does what two and more ask for, all of it or nothing, and answers each in their order. Nil: nothing
    ///     was done, and everybody is to try alone. An error is everybody's.
    ///   - alone: does what one asks for.
    package init(
        most: Int,
        heaviest: Int = .max,
        weight: @escaping @Sendable (Item) -> Int = { _ in 0 },
        together: @escaping @Sendable (Key, [Item]) async throws -> [Answer]?,
        alone: @escaping @Sendable (Key, Item) async throws -> Answer
    ) {
        self.most = max(1, most)
        self.heaviest = heaviest
        self.weight = weight
        self.together = together
        self.alone = alone
    }

    /// - Throws: what `together` and `alone` throw.
    package func perform(_ item: Item, for key: Key) async throws -> Answer {
        switch await turn(item, key) {
        case .done(let answer): return try answer.get()
        case .alone: return try await alone(key, item)
        case .lead(let followers):
            defer { passOn(key) }
            if let answer = await lead(item, followers, key) { return try answer.get() }
            return try await alone(key, item)
        }
    }

    /// Callers who wait for the one who acts.
    package func waitingCount(for key: Key) -> Int { waiting.withLock { $0[key]?.count ?? 0 } }

    private func turn(_ item: Item, _ key: Key) async -> Turn {
        await withCheckedContinuation { continuation in
            let isFirst = waiting.withLock { waiting in
                guard waiting[key] != nil else {
                    waiting[key] = []
                    return true
                }
                waiting[key]?.append(Follower(item: item, continuation: continuation))
                return false
            }
            if isFirst { continuation.resume(returning: .lead([])) }
        }
    }

    /// Acts for oneself and those who wait, if there are any.
    /// - Returns: one's own answer, if that was done; otherwise everybody acts alone.
    private func lead(_ item: Item, _ followers: [Follower], _ key: Key) async -> Result<Answer, any Error>? {
        guard !followers.isEmpty else { return nil }
        let items = [item] + followers.map(\.item)
        // A task of its own: the leader may be cancelled, and the others have nothing to do with that.
        let answers = await Task { [together] in try await together(key, items) }.result
        guard let answers = Self.each(answers, of: items.count) else {
            for follower in followers { follower.continuation.resume(returning: .alone) }
            return nil
        }
        for (follower, answer) in zip(followers, answers.dropFirst()) {
            follower.continuation.resume(returning: .done(answer))
        }
        return answers[0]
    }

    /// What each is to get; nil where nothing was done.
    private static func each(_ answers: Result<[Answer]?, any Error>, of count: Int) -> [Result<Answer, any Error>]? {
        switch answers {
        case .failure(let error): return Array(repeating: .failure(error), count: count)
        case .success(nil): return nil
        case .success(let answers?):
            precondition(answers.count == count, "\(answers.count) answers to \(count) items")
            return answers.map { .success($0) }
        }
    }

    /// Has the first of those who came meanwhile act for the others.
    private func passOn(_ key: Key) {
        let next = waiting.withLock { waiting -> (leader: Follower, followers: [Follower])? in
            guard let all = waiting[key], let leader = all.first else {
                waiting[key] = nil
                return nil
            }
            let count = groupCount(all)
            waiting[key] = Array(all.dropFirst(count))
            return (leader, Array(all[1..<count]))
        }
        next?.leader.continuation.resume(returning: .lead(next?.followers ?? []))
    }

    /// How many of those who wait go together: one at least.
    private func groupCount(_ all: [Follower]) -> Int {
        var room = heaviest
        let fitting = all.prefix(most).prefix { follower in
            let (left, overflow) = room.subtractingReportingOverflow(weight(follower.item))
            room = left
            return !overflow && left >= 0
        }
        return max(1, fitting.count)
    }
}
