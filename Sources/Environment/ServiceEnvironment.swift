/// Time and chance, passed in, so that tests decide both.
package struct ServiceEnvironment: Sendable {
    /// The time of day. Machines that share a database need clocks that agree to well within a lease.
    package var now: @Sendable () -> Timestamp
    /// Waits that long; throws `CancellationError` as soon as the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void
    /// 64 random bits. Job ids are made of them, so they must not be guessable in production.
    package var random: @Sendable () -> UInt64

    package init(
        now: @escaping @Sendable () -> Timestamp,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.sleep = sleep
        self.random = random
    }

    /// The machine's clock and random number generator.
    package static let live = ServiceEnvironment(
        now: { .now() },
        sleep: { try await Task.sleep(for: $0) },
        random: { UInt64.random(in: .min ... .max) }
    )
}
