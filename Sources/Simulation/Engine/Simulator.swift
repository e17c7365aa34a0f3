internal import Environment
internal import JobSystem

/// A simulation event by event: jobs come in, wait by the job system's own order, are worked on, and a policy decides
/// how many workers there are. Virtual time jumps from event to event.
///
/// Jobs are handed out by `Priority`'s due time, change state by `JobStateMachine`, and come back by `RetryPolicy`,
/// which are the real ones. A free worker with the fewest jobs claims first.
package struct Simulator {
    /// How long after the last arrival the simulation ends at the latest, should the fleet never catch up.
    private static let longestTail = Duration.seconds(86_400)

    let scenario: Scenario
    let fleet: FleetSettings
    let end: Timestamp
    var policy: any ScalingPolicy
    var chance: SeededGenerator
    var now = Timestamp(microseconds: 0)
    var events = EventQueue()
    var line = WaitingLine()
    var jobs: [SimulatedJob] = []
    var workers: [SimulatedWorker] = []
    var workersOrdered = 0
    var meters: Meters
    var tally = Tally()

    /// What is counted.
    struct Tally {
        var ended = 0
        var deadLettered = 0
        /// Jobs on their way back from a worker that vanished.
        var returning = 0
        /// Steps that the job system's rules refused. Any is a fault of the simulation.
        var refused = 0
        var redoneWords = 0.0
        var announced = 0
        var unannounced = 0
        var dollars = 0.0
        var paidSeconds = 0.0
        var mostWorkers = 0
        var arrivedWords = 0.0
        var lastEnd = Timestamp(microseconds: 0)
        var timeline: [SimulationResult.Sample] = []
    }

    private init(_ scenario: Scenario, _ policy: any ScalingPolicy) {
        self.scenario = scenario
        self.policy = policy
        fleet = scenario.fleet
        end = now + scenario.load.length
        chance = SeededGenerator(seed: scenario.seed, stream: 3)
        meters = Meters(from: now)
        jobs.reserveCapacity(scenario.arrivals.count)
    }

    /// Simulates the scenario until every job has ended, or a day after the last came in.
    package static func run(_ scenario: Scenario, policy: any ScalingPolicy) -> SimulationResult {
        var simulator = Simulator(scenario, policy)
        simulator.run()
        return simulator.result
    }

    private mutating func run() {
        beginScaling()
        if let first = scenario.arrivals.first { events.plan(.arrival(0), at: Timestamp(microseconds: 0) + first.time) }
        events.plan(.sample, at: now)
        let limit = end + Self.longestTail
        while let (time, event) = events.next() {
            let allEnded = tally.ended == scenario.arrivals.count
            guard time <= limit, !allEnded || time < end else { break }
            now = time
            handle(event)
        }
        let allEnded = tally.ended == scenario.arrivals.count
        now = allEnded ? max(end, tally.lastEnd) : limit
        for worker in workers { settle(worker) }
    }

    private mutating func handle(_ event: EventQueue.Event) {
        switch event {
        case .arrival(let number): arrive(number)
        case .started(let worker): start(worker)
        case .finished(let worker, let plan): finish(worker, plan: plan)
        case .drainEnded(let worker): endDrain(worker)
        case .interrupted(let worker): interrupt(worker)
        case .leaseExpired(let job, let attempt): expireLease(job, attempt: attempt)
        case .available(let job):
            tally.returning -= 1
            makeAvailable(job)
        case .scaling: scale()
        case .sample: sample()
        }
    }

    // MARK: Jobs

    private mutating func arrive(_ number: Int) {
        let arrival = scenario.arrivals[number]
        jobs.append(SimulatedJob(arrival, at: now))
        meters.jobs.change(by: 1, at: now)
        tally.arrivedWords += arrival.words
        if number + 1 < scenario.arrivals.count {
            events.plan(.arrival(number + 1), at: Timestamp(microseconds: 0) + scenario.arrivals[number + 1].time)
        }
        makeAvailable(number)
    }

    private mutating func makeAvailable(_ job: Int) {
        line.insert(job, jobs[job])
        handOut()
    }

    /// Gives waiting jobs to workers with free slots until there are none of the one or the other.
    mutating func handOut() {
        while line.count > 0 {
            guard let idlest = idlestWorker, let job = line.removeFirst() else { return }
            guard step(job, .claim) else { continue }
            workers[idlest].add(job)
            replan(idlest)
        }
    }

    /// Of the workers with a free slot the one with the fewest jobs, and of these the one ordered first.
    private var idlestWorker: Int? {
        var idlest: (index: Int, jobs: Int)?
        for index in workers.indices where workers[index].state == .ready {
            let held = workers[index].jobs.count
            if held < fleet.slots, held < idlest?.jobs ?? .max { idlest = (index, held) }
        }
        return idlest?.index
    }

    /// Has the worker work on the job that is due first.
    mutating func replan(_ index: Int) {
        let next = workers[index].jobs.min { (jobs[$0].dueAt, $0) < (jobs[$1].dueAt, $1) }
        let current = workers[index].current
        guard next != current?.job else { return }
        if let current {
            jobs[current.job].wordsLeft -= (now - current.since) / .seconds(1) * fleet.wordsPerSecond
        }
        meters.busy.change(by: (next == nil ? 0 : 1) - (current == nil ? 0 : 1), at: now)
        workers[index].work(on: next, from: now)
        guard let next else { return }
        if jobs[next].firstServedAt == nil { jobs[next].firstServedAt = now }
        let seconds = max(0, jobs[next].wordsLeft) / fleet.wordsPerSecond
        events.plan(.finished(worker: workers[index].id, plan: workers[index].plan), at: now + .seconds(seconds))
    }

    private mutating func finish(_ id: Int, plan: Int) {
        guard let index = place(of: id), workers[index].plan == plan, let job = workers[index].current?.job,
            step(job, .complete)
        else { return }
        jobs[job].completions += 1
        conclude(job)
        workers[index].remove(job)
        replan(index)
        if workers[index].state == .draining, workers[index].jobs.isEmpty { remove(index) }
        handOut()
    }

    /// Notes that a job has come to its end.
    private mutating func conclude(_ job: Int) {
        jobs[job].endedAt = now
        tally.ended += 1
        tally.lastEnd = now
        meters.jobs.change(by: -1, at: now)
    }

    /// A sweeper found that the worker of this attempt has stopped answering.
    private mutating func expireLease(_ job: Int, attempt: Int) {
        guard jobs[job].machine.state == .processing, jobs[job].machine.attempt == attempt else { return }
        let crashes = jobs[job].machine.crashes
        guard case .retry(let delay) = fleet.retry.decideAfterCrash(earlierCrashes: crashes, random: chance.next())
        else {
            guard step(job, .giveUp) else { return }
            tally.deadLettered += 1
            tally.returning -= 1
            return conclude(job)
        }
        guard step(job, .crash) else { return }
        forgetProgress(of: job)
        events.plan(.available(job: job), at: now + delay)
    }

    /// Another attempt begins from the start.
    mutating func forgetProgress(of job: Int) {
        tally.redoneWords += jobs[job].words - jobs[job].wordsLeft
        jobs[job].wordsLeft = jobs[job].words
    }

    /// Changes the job's state by the job system's rules; `false` if they do not allow that.
    mutating func step(_ job: Int, _ event: JobStateMachine.Event) -> Bool {
        do {
            try jobs[job].machine.apply(event)
            return true
        } catch {
            tally.refused += 1
            return false
        }
    }
}
