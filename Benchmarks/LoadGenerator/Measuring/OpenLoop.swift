/// Begins work at fixed times, however long the work takes.
struct OpenLoop {
    /// A second.
    let rate: Int
    let length: Duration

    /// - Parameter work: is called with its number and the time it should have begun. Latencies are to be counted from
    ///   then: if the generator itself is late, or the server keeps it from beginning, that belongs to them.
    func run(
        _ work: @escaping @Sendable (_ number: Int, _ begin: ContinuousClock.Instant) async -> Void
    ) async throws {
        let start = ContinuousClock.now
        let total = Int(Double(rate) * (length / .seconds(1)))
        try await withThrowingDiscardingTaskGroup { group in
            for number in 0..<total {
                let begin = start + .nanoseconds(1_000_000_000 * Int64(number) / Int64(rate))
                if begin > .now { try await Task.sleep(until: begin, clock: .continuous) }
                group.addTask { await work(number, begin) }
            }
        }
    }
}
