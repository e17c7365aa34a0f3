internal import Foundation

/// Somebody who waits for a model that is being loaded, and may stop waiting at any time.
final class ModelWaiter: @unchecked Sendable {
    // Unchecked: what follows is guarded by the lock. Not a `Mutex`, see `LoadedModels`.
    private let lock = NSLock()
    private var continuation: CheckedContinuation<ModelUse, any Error>?
    private var isWithdrawn = false

    /// Keeps the caller waiting; false where it has withdrawn already, and is resumed.
    func start(_ continuation: CheckedContinuation<ModelUse, any Error>) -> Bool {
        let isTooLate = lock.withLock {
            if !isWithdrawn { self.continuation = continuation }
            return isWithdrawn
        }
        if isTooLate { continuation.resume(throwing: CancellationError()) }
        return !isTooLate
    }

    /// Resumes the caller, unless it has withdrawn.
    func resume(with result: Result<ModelUse, any Error>) {
        lock.withLock { continuation.take() }?.resume(with: result)
    }

    /// Resumes the caller, who waits no longer.
    func withdraw() {
        let continuation = lock.withLock {
            isWithdrawn = true
            return self.continuation.take()
        }
        continuation?.resume(throwing: CancellationError())
    }
}
