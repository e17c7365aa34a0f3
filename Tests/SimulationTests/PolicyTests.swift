import Environment
import JobSystem
import Simulation
import Testing

/// Policies asked directly, with what metrics might show.
struct PolicyTests {
    /// What is seen 15 s after the last look, with nothing going on but what is given.
    private static func seen(
        at seconds: Double = 15,
        ready: Int = 2,
        starting: Int = 0,
        waiting: [PriorityClass: (jobs: Int, words: Double, dueIn: Double)] = [:],
        processing: Int = 0,
        utilisation: Double = 0,
        arrivedWords: Double = 0
    ) -> ScalingObservation {
        let time = Timestamp(microseconds: Int64(seconds * 1e6))
        return ScalingObservation(
            time: time,
            interval: .seconds(15),
            ready: ready,
            starting: starting,
            waiting: PriorityClass.allCases.map { priorityClass in
                let line = waiting[priorityClass]
                return .init(
                    jobs: line?.jobs ?? 0,
                    words: line?.words ?? 0,
                    firstDue: line.map { time + .seconds($0.dueIn) }
                )
            },
            processing: processing,
            utilisation: utilisation,
            arrivedWords: arrivedWords
        )
    }

    @Test("Queue depth: jobs over jobs for each, rounded up", arguments: [(0, 0, 0), (3, 0, 2), (1, 4, 3), (4, 4, 4)])
    func queueDepth(waiting: Int, processing: Int, expected: Int) {
        var policy = QueueDepthPolicy(jobsPerWorker: 2)
        let observation = Self.seen(ready: 0, waiting: [.high: (waiting, 10, 60)], processing: processing)
        #expect(policy.workers(for: observation) == expected)
    }

    @Test("A rise is at most a doubling or four workers at one look", arguments: [(2, 6), (4, 8), (10, 20)])
    func rise(ready: Int, expected: Int) {
        var policy = QueueDepthPolicy(jobsPerWorker: 1)
        #expect(policy.workers(for: Self.seen(ready: ready, processing: 1000)) == expected)
    }

    @Test("A fall waits for five minutes without a higher wish")
    func fall() {
        var policy = QueueDepthPolicy(jobsPerWorker: 1)
        #expect(policy.workers(for: Self.seen(at: 0, ready: 10, processing: 10)) == 10)
        for seconds in stride(from: 15.0, to: 300, by: 15) {
            #expect(policy.workers(for: Self.seen(at: seconds, ready: 10, processing: 3)) == 10)
        }
        #expect(policy.workers(for: Self.seen(at: 300, ready: 10, processing: 3)) == 3)
    }

    @Test(
        "Utilisation: in proportion to the target, with a tenth of tolerance, workers on their way counted in",
        arguments: [
            (10, 0, 0.7, 10), (10, 0, 0.75, 10), (10, 0, 0.91, 13), (10, 0, 1, 15), (10, 4, 1, 14), (10, 6, 1, 16),
            (10, 0, 0.35, 5),
        ]
    )
    func utilisation(ready: Int, starting: Int, utilisation: Double, expected: Int) {
        var policy = UtilisationPolicy(target: 0.7)
        let observation = Self.seen(ready: ready, starting: starting, utilisation: utilisation)
        #expect(policy.workers(for: observation) == expected)
    }

    @Test("What waits needs the speed of its tightest class, earlier classes included")
    func backlog() {
        let waiting: [PriorityClass: (jobs: Int, words: Double, dueIn: Double)] = [
            .critical: (2, 60, 30), .standard: (5, 6000, 300),
        ]
        #expect(Self.seen(waiting: waiting).speedForBacklog(shortest: 10) == 20.2)
        #expect(Self.seen(waiting: [.critical: (1, 60, -5)]).speedForBacklog(shortest: 10) == 6)
        #expect(Self.seen().speedForBacklog(shortest: 10) == 0)
    }

    @Test("Service level: a steady load gets what it needs and the reserve")
    func steadyLoad() {
        var policy = ServiceLevelPolicy(fleet: FleetSettings(), reserve: 1)
        let wishes = (1...200).map { look in
            policy.workers(for: Self.seen(at: Double(look) * 15, ready: 12, arrivedWords: 9 * 25 * 15))
        }
        // Nine workers' worth, and the square root of nine in reserve.
        #expect(wishes.last == 12)
    }

    @Test("Service level: a rising load is met ahead of time, more so where workers take longer to start")
    func risingLoad() {
        func wish(_ delay: Duration) -> Int {
            var fleet = FleetSettings()
            fleet.startUpDelay = delay
            var policy = ServiceLevelPolicy(fleet: fleet, reserve: 0)
            return (1...400).reduce(0) { _, look in
                let speed = Double(look) / 400 * 500
                return policy.workers(for: Self.seen(at: Double(look) * 15, ready: 20, arrivedWords: speed * 15))
            }
        }
        // 20 workers' worth now, and 1 more every 300 s.
        #expect((20...21).contains(wish(.zero)))
        #expect((22...24).contains(wish(.seconds(900))))
    }

    @Test("Service level: a backlog that would be late adds workers")
    func lateBacklog() {
        func wish(_ words: Double) -> Int {
            var policy = ServiceLevelPolicy(fleet: FleetSettings(), reserve: 0)
            return policy.workers(for: Self.seen(waiting: [.standard: (10, words, 200)], arrivedWords: 25 * 15))
        }
        #expect(wish(0) == 1)
        #expect(wish(20_000) == 5)
    }

    @Test("Forecast: workers for the load at the time when they will be ready, scaled by how today compares")
    func forecast() {
        var fleet = FleetSettings()
        fleet.startUpDelay = .seconds(600)
        func wish(_ share: Double) -> Int {
            // Two workers' worth, and from 3,600 s on eight.
            let usual: @Sendable (Double) -> Double = { $0 < 3600 ? 50 : 200 }
            var policy = ForecastPolicy(fleet: fleet, reserve: 0, usual: usual)
            return stride(from: 0.0, through: 3015, by: 15).reduce(0) { _, seconds in
                policy.workers(for: Self.seen(at: seconds, ready: 8, arrivedWords: share * 50 * 15))
            }
        }
        #expect(wish(1) == 8)
        #expect((12...13).contains(wish(1.5)))
    }
}
