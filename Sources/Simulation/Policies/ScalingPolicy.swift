internal import Environment

/// Decides how many workers there should be. Asked at even intervals, in order of time, with what metrics show; may
/// remember.
package protocol ScalingPolicy: Sendable {
    /// Its name on the command line and in reports.
    var kind: PolicyKind { get }

    /// The workers there should be. The fleet's limits are applied afterwards.
    mutating func workers(for observation: ScalingObservation) -> Int
}

/// The policies there are.
package enum PolicyKind: String, CaseIterable, Sendable, Encodable {
    /// Always the same number.
    case fixed
    /// By the jobs there are for each worker.
    case queueDepth = "queue-depth"
    /// By the workers' utilisation.
    case cpu
    /// By arrivals, their trend, and what waits with its due times.
    case serviceLevel = "sla"
    /// By the usual day, corrected by what is seen of this one.
    case forecast
}

/// Dampens a policy as the autoscaler of Kubernetes does by default: the number falls to the highest that was wanted in
/// the last five minutes, and at one look no more than doubles or rises by four, whichever is more.
struct Stabilisation: Sendable {
    private static let window = Duration.seconds(300)
    private var wanted: [(time: Timestamp, workers: Int)] = []

    mutating func apply(_ workers: Int, _ observation: ScalingObservation) -> Int {
        wanted.removeAll { observation.time - $0.time >= Self.window }
        wanted.append((observation.time, workers))
        let present = observation.workers
        let highest = wanted.reduce(workers) { max($0, $1.workers) }
        // Only a fall waits; a rise follows the newest number.
        let steady = workers >= present ? workers : min(present, highest)
        return min(steady, max(present + 4, 2 * present))
    }
}

/// Always the same number of workers.
package struct FixedPolicy: ScalingPolicy {
    package let kind = PolicyKind.fixed
    private let number: Int

    package init(workers: Int) { number = workers }

    package func workers(for observation: ScalingObservation) -> Int { number }
}
