internal import Environment

/// Finds attempts that do not get on.
///
/// Silence is counted in slices, not taken from a clock: a machine that was suspended, or whose clock was set, has been
/// silent for one of them.
struct AttemptWatch: Sendable {
    private static let slices = 20

    /// For how long an attempt may show no sign that it gets on.
    let limit: Duration
    /// Changes whenever it does.
    let signs: @Sendable () -> UInt64
    let environment: ServiceEnvironment

    /// Returns once there was no sign for `limit`, and a twentieth of it more at most.
    /// - Returns: `false` if the task was cancelled before.
    func untilSilent() async -> Bool {
        var (silent, seen) = (0, signs())
        while silent < Self.slices {
            guard (try? await environment.sleep(limit / Self.slices)) != nil else { return false }
            let present = signs()
            silent = present == seen ? silent + 1 : 0
            seen = present
        }
        return true
    }
}
