internal import Foundation

/// Knows the usual day: load at the time at which a worker ordered now is ready = the usual load then × how today
/// compares with the usual so far, plus the backlog's share as in `ServiceLevelPolicy`.
package struct ForecastPolicy: ScalingPolicy {
    package let kind = PolicyKind.forecast
    /// Seconds after which what was seen counts 1/e.
    private static let memory = 900.0
    private let staffing: Staffing
    private let lead: Double
    private let usual: @Sendable (Double) -> Double
    private var seen = 0.0
    private var expected = 0.0
    private var stabilisation = Stabilisation()

    /// - Parameters:
    ///   - fleet: how fast workers are, and how long they take to start.
    ///   - reserve: workers in reserve for each square root of those needed.
    ///   - usual: words a second of the usual day, by seconds since midnight of the first day.
    package init(fleet: FleetSettings, reserve: Double = 1, usual: @escaping @Sendable (Double) -> Double) {
        staffing = Staffing(wordsPerSecond: fleet.wordsPerSecond, reserve: reserve)
        lead = fleet.startUpDelay / .seconds(1)
        self.usual = usual
    }

    package mutating func workers(for observation: ScalingObservation) -> Int {
        let now = observation.seconds
        let span = observation.interval / .seconds(1)
        let fading = exp(-span / Self.memory)
        // A few minutes' worth of "as usual" to begin with, so that the first looks do not decide much.
        if expected == 0 { (seen, expected) = (usual(now) * 300, usual(now) * 300) }
        seen = seen * fading + observation.arrivedWords
        expected = expected * fading + usual(now) * span
        let ratio = expected > 0 ? seen / expected : 1
        // Whatever comes until a worker ordered at the next look would be ready has to be met by those ordered now.
        let coming = max(usual(now + lead), usual(now + lead + span))
        let backlog = observation.speedForBacklog(shortest: max(lead, 30))
        return stabilisation.apply(staffing.workers(for: coming * ratio + backlog), observation)
    }
}
