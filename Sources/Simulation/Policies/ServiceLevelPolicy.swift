internal import Foundation

/// Looks ahead by the time that a worker takes to start: load then = load now + trend × that time, plus what has to be
/// worked off of the backlog so that every class keeps its service level.
package struct ServiceLevelPolicy: ScalingPolicy {
    package let kind = PolicyKind.serviceLevel
    private let staffing: Staffing
    private let lead: Double
    private var estimate = LoadEstimate()
    private var stabilisation = Stabilisation()

    /// - Parameters:
    ///   - fleet: how fast workers are, and how long they take to start.
    ///   - reserve: workers in reserve for each square root of those needed.
    package init(fleet: FleetSettings, reserve: Double = 1) {
        staffing = Staffing(wordsPerSecond: fleet.wordsPerSecond, reserve: reserve)
        lead = fleet.startUpDelay / .seconds(1)
    }

    package mutating func workers(for observation: ScalingObservation) -> Int {
        estimate.update(observation)
        let backlog = observation.speedForBacklog(shortest: max(lead, 30))
        return stabilisation.apply(staffing.workers(for: estimate.speed(in: lead) + backlog), observation)
    }
}

/// Words a second that come in, and how fast that changes: Holt's double exponential smoothing over looks that need not
/// be evenly apart.
struct LoadEstimate: Sendable {
    /// Seconds after which an observation counts 1/e. Arrivals of a minute say little, as a single document may be as
    /// many words as a hundred messages; the trend needs longer still.
    private static let memory = 300.0
    private static let trendMemory = 900.0
    private var speed: Double?
    private var trend = 0.0
    private var observed = 0.0

    mutating func update(_ observation: ScalingObservation) {
        let span = observation.interval / .seconds(1)
        guard span > 0 else { return }
        let sample = observation.arrivedWords / span
        guard let last = speed else {
            speed = sample
            return
        }
        observed += span
        // As long as little has been seen the newest counts for more, as in a plain mean.
        let weight = max(1 - exp(-span / Self.memory), span / (observed + span))
        let level = last + trend * span
        let updated = level + weight * (sample - level)
        let trendWeight = observed < Self.trendMemory ? 0 : 1 - exp(-span / Self.trendMemory)
        trend += trendWeight * ((updated - last) / span - trend)
        speed = max(0, updated)
    }

    /// The words a second to be expected that many seconds from now; never negative.
    func speed(in seconds: Double) -> Double { max(0, (speed ?? 0) + trend * seconds) }
}
