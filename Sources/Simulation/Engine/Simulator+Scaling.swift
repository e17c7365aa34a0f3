internal import Environment
internal import JobSystem

/// The autoscaler's looks, and the notes for the plot.
extension Simulator {
    /// Begins with the workers that the policy wants when nothing has happened yet.
    mutating func beginScaling() {
        let first = observation(arrivedWords: 0, interval: .zero)
        let wanted = min(max(policy.workers(for: first), fleet.minimum), fleet.maximum)
        for _ in 0..<wanted { order(readyAfter: .zero) }
        events.plan(.scaling, at: now + scenario.scalingInterval)
    }

    mutating func scale() {
        meters.note(at: now)
        let observation = observation(arrivedWords: tally.arrivedWords, interval: scenario.scalingInterval)
        tally.arrivedWords = 0
        let wanted = min(max(policy.workers(for: observation), fleet.minimum), fleet.maximum)
        let kept = workersKept
        for _ in 0..<max(0, wanted - kept) { order(readyAfter: fleet.startUpDelay) }
        for id in leastMissed(kept - wanted) { if let index = place(of: id) { drain(index) } }
        events.plan(.scaling, at: now + scenario.scalingInterval)
    }

    private func observation(arrivedWords: Double, interval: Duration) -> ScalingObservation {
        let ready = workers.count { $0.state == .ready }
        return ScalingObservation(
            time: now,
            interval: interval,
            ready: ready,
            starting: workersKept - ready,
            waiting: PriorityClass.allCases.map(line.waiting),
            processing: workers.reduce(0) { $0 + $1.jobs.count },
            utilisation: meters.utilisation,
            arrivedWords: arrivedWords
        )
    }

    /// The workers to stop first: spot before on demand, then those still starting, those with the fewest jobs, the
    /// newest.
    private func leastMissed(_ number: Int) -> [Int] {
        guard number > 0 else { return [] }
        func rank(_ worker: SimulatedWorker) -> (Int, Int, Int, Int) {
            (worker.purchase == .spot ? 0 : 1, worker.state == .starting ? 0 : 1, worker.jobs.count, -worker.id)
        }
        let kept = workers.filter { $0.state != .draining }.sorted { rank($0) < rank($1) }
        return kept.prefix(number).map(\.id)
    }

    mutating func sample() {
        let sample = SimulationResult.Sample(
            minute: Double(now.microseconds) / 60e6,
            workers: workers.count { $0.state == .ready },
            starting: workers.count { $0.state == .starting },
            waitingJobs: line.count,
            processingJobs: workers.reduce(0) { $0 + $1.jobs.count }
        )
        tally.timeline.append(sample)
        events.plan(.sample, at: now + max(.seconds(1), scenario.load.length / 1440))
    }
}
