internal import Foundation

/// Collects the outcomes of requests that were made together and resumes their caller when the last one is in, or when
/// the caller withdraws.
final class ResultGroup: @unchecked Sendable {
    // Unchecked: `state` is guarded by the lock. Not a `Mutex`, whose contended path the thread sanitizer does not see on
    // Linux, so that it would report races where there are none.
    typealias Continuation = CheckedContinuation<[WorkItem.Outcome], any Error>

    private struct State {
        var outcomes: [WorkItem.Outcome?]
        var missing: Int
        var failure: InferenceError?
        var isWithdrawn = false
        /// There from `start` until it is resumed.
        var continuation: Continuation?
    }

    private let lock = NSLock()
    private var state: State

    init(count: Int) {
        state = State(outcomes: Array(repeating: nil, count: count), missing: count)
    }

    /// Keeps the caller waiting; false where it has withdrawn already, and is resumed.
    func start(_ continuation: Continuation) -> Bool {
        let isWithdrawn = lock.withLock {
            if !state.isWithdrawn { state.continuation = continuation }
            return state.isWithdrawn
        }
        if isWithdrawn { continuation.resume(throwing: InferenceError.withdrawn) }
        return !isWithdrawn
    }

    /// Resumes the caller, who waits no longer for outcomes that are still to come.
    func withdraw() {
        let continuation = lock.withLock {
            state.isWithdrawn = true
            return state.continuation.take()
        }
        continuation?.resume(throwing: InferenceError.withdrawn)
    }

    /// Enters an outcome; each index is completed once.
    func complete(_ index: Int, _ result: Result<WorkItem.Outcome, InferenceError>) {
        let resume: (() -> Void)? = lock.withLock {
            switch result {
            case .success(let outcome): state.outcomes[index] = outcome
            case .failure(let error): state.failure = state.failure ?? error
            }
            state.missing -= 1
            guard state.missing == 0, let continuation = state.continuation.take() else { return nil }
            if let failure = state.failure { return { continuation.resume(throwing: failure) } }
            return { [outcomes = state.outcomes] in continuation.resume(returning: outcomes.compactMap { $0 }) }
        }
        resume?()
    }
}
