internal import Synchronization

/// Calls that come while another is being carried out are carried out together.
///
/// For writes that cost much each and little more together: a transaction for a hundred rows instead of a hundred
/// transactions. One caller at a time acts for a key; those who come meanwhile wait here, and the first of them then
/// acts for all. Who comes alone therefore waits for nobody, and under load groups grow by themselves. What cannot be
/// done together is done one by one, so that everybody gets the answer, or the error, that is due; nobody is answered
/// before what they asked for has been done. Thread-safe.
package final class Combiner<Key: Hashable & Sendable, Item: Sendable, Answer: Sendable>: Sendable {
    /// What somebody who waited is to do.
    private enum Turn: Sendable {
        /// Act for these as well.
        case lead([Follower])
        /// Nothing: it is done.
        case done(Answer)
        /// Act for oneself.
        case alone
    }

    private struct Follower: Sendable {
        var item: Item
        var continuation: CheckedContinuation<Turn, Never>
    }

    private let most: Int
    private let together: @Sendable (Key, [Item]) async throws -> [Answer]?
    private let alone: @Sendable (Key, Item) async throws -> Answer
    /// Who waits, by key; nothing for keys that nobody acts for.
    private let waiting = Mutex<[Key: [Follower]]>([:])

    /// - Parameters:
    ///   - most: items that go together.
    ///   - together: does what two and more ask for, all of it or nothing, and answers each in their order; nil, or an
    ///     error: nothing was done, and everybody is to try alone.
    ///   - alone: does what one asks for.
    package init(
        most: Int,
        together: @escaping @Sendable (Key, [Item]) async throws -> [Answer]?,
        alone: @escaping @Sendable (Key, Item) async throws -> Answer
    ) {
        self.most = max(1, most)
        self.together = together
        self.alone = alone
    }

    /// - Throws: what `alone` throws.
    package func perform(_ item: Item, for key: Key) async throws -> Answer {
        switch await turn(item, key) {
        case .done(let answer): return answer
        case .alone: return try await alone(key, item)
        case .lead(let followers):
            defer { passOn(key) }
            if let answer = await lead(item, followers, key) { return answer }
            return try await alone(key, item)
        }
    }

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
    private func lead(_ item: Item, _ followers: [Follower], _ key: Key) async -> Answer? {
        guard !followers.isEmpty else { return nil }
        let items = [item] + followers.map(\.item)
        guard let answers = try? await together(key, items), answers.count == items.count else {
            for follower in followers { follower.continuation.resume(returning: .alone) }
            return nil
        }
        for (follower, answer) in zip(followers, answers.dropFirst()) {
            follower.continuation.resume(returning: .done(answer))
        }
        return answers[0]
    }

    /// Has the first of those who came meanwhile act for the others.
    private func passOn(_ key: Key) {
        let next = waiting.withLock { waiting -> (leader: Follower, followers: [Follower])? in
            guard let all = waiting[key], let leader = all.first else {
                waiting[key] = nil
                return nil
            }
            waiting[key] = Array(all.dropFirst(most))
            return (leader, Array(all.prefix(most).dropFirst()))
        }
        next?.leader.continuation.resume(returning: .lead(next?.followers ?? []))
    }
}
