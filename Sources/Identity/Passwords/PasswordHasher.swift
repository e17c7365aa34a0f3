internal import Dispatch
package import Environment
internal import Synchronization

/// Hashes passwords on threads of its own, a few at a time.
///
/// Hashing takes a tenth of a second and 32 MiB, so it neither runs on Swift's cooperative pool nor as often as anybody
/// likes: beyond `concurrency`, calls wait their turn, and beyond `waiting`, they are refused with `.throttled`.
package final class PasswordHasher: Sendable {
    private struct State {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
    }

    /// The cost of new hashes.
    package let cost: ScryptCost
    private let concurrency: Int
    private let longestQueue: Int
    private let random: @Sendable () -> UInt64
    private let nobody: PasswordHash
    private let threads = DispatchQueue(label: "identity.passwords", attributes: .concurrent)
    private let state = Mutex(State())

    package init(
        cost: ScryptCost = .standard,
        concurrency: Int = 2,
        waiting: Int = 32,
        environment: ServiceEnvironment
    ) {
        self.cost = cost
        self.concurrency = max(1, concurrency)
        longestQueue = max(0, waiting)
        random = environment.random
        nobody = .unmatchable(cost: cost, random: environment.random)
    }

    /// The hash of a password, at the present cost.
    /// - Throws: `IdentityError` `.throttled`, `.unavailable`.
    package func hash(_ password: [UInt8]) async throws -> PasswordHash {
        let (cost, random) = (cost, random)
        return try await perform { try PasswordHash(of: password, cost: cost, random: random) }
    }

    /// Whether it is that password's hash. Without a hash, or with a password that breaks the rules, the answer is no,
    /// and takes as long.
    /// - Throws: `IdentityError` `.throttled`, `.unavailable`.
    package func matches(_ password: [UInt8]?, _ hash: PasswordHash?) async throws -> Bool {
        let candidate = hash ?? nobody
        let mayMatch = password != nil && hash != nil
        return try await perform { try candidate.matches(password ?? []) && mayMatch }
    }

    private func perform<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            let isAccepted = enqueue {
                continuation.resume(
                    with: Result { try work() }.mapError { error in
                        error as? IdentityError
                            ?? IdentityError(.unavailable, "The password cannot be hashed.", cause: error)
                    }
                )
            }
            guard !isAccepted else { return }
            let error = IdentityError(
                .throttled,
                "Too many people are signing in at this moment. Try again later.",
                retryAfter: .seconds(2)
            )
            continuation.resume(throwing: error)
        }
    }

    private func enqueue(_ work: @escaping @Sendable () -> Void) -> Bool {
        let decision = state.withLock { state -> (isAccepted: Bool, startsThread: Bool) in
            if state.running < concurrency {
                state.running += 1
                return (true, true)
            }
            guard state.waiting.count < longestQueue else { return (false, false) }
            state.waiting.append(work)
            return (true, false)
        }
        if decision.startsThread { threads.async { self.drain(startingWith: work) } }
        return decision.isAccepted
    }

    /// Works until nothing waits.
    private func drain(startingWith work: @escaping @Sendable () -> Void) {
        var next: (@Sendable () -> Void)? = work
        while let work = next {
            work()
            next = state.withLock { state in
                guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
                state.running -= 1
                return nil
            }
        }
    }
}
