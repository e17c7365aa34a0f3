internal import Synchronization

/// Tells when something begins to fail and when it works again, so that a log has a line for each and not one for every
/// failure in between. Thread-safe.
package final class FailureStreak: Sendable {
    private let isFailing = Mutex(false)

    package init() {}

    /// Notes a failure.
    /// - Returns: whether it is the first since the last success.
    package func fail() -> Bool { change(to: true) }

    /// Notes a success.
    /// - Returns: whether it is the first since the last failure.
    package func succeed() -> Bool { change(to: false) }

    private func change(to value: Bool) -> Bool {
        isFailing.withLock { isFailing in
            defer { isFailing = value }
            return isFailing != value
        }
    }
}
