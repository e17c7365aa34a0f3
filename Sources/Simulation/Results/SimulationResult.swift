internal import Environment
package import JobSystem

/// What came of a simulation.
package struct SimulationResult: Sendable, Encodable {
    /// The jobs of a class.
    package struct ClassResult: Sendable, Encodable {
        package var priorityClass: PriorityClass
        package var jobs: Int
        /// The share of the class's jobs that completed within its service level, from submission to end.
        package var metShare: Double
        /// Seconds from submission until a worker first worked on the job.
        package var wait: Spread
        /// Seconds from submission to end.
        package var turnaround: Spread
    }

    /// The state at one moment.
    package struct Sample: Hashable, Sendable, Encodable {
        package var minute: Double
        /// Workers that can claim, and those on their way.
        package var workers: Int
        package var starting: Int
        package var waitingJobs: Int
        package var processingJobs: Int
    }

    package var policy: PolicyKind
    /// Seconds from the begin to the end of the load, or of the last job where that is later.
    package var seconds: Double

    // MARK: Jobs
    package var submitted: Int
    package var completed: Int
    package var deadLettered: Int
    /// Not ended when the simulation did: the fleet never caught up.
    package var unfinished: Int
    /// Neither ended nor waiting nor held by anybody: a fault.
    package var lost: Int
    /// Results written beyond the first of a job, and steps against the rules of a job's life: faults.
    package var duplicated: Int
    /// Of completed jobs.
    package var words: Double
    /// Words translated in vain, because their worker was taken away before the job's end.
    package var redoneWords: Double
    /// Classes without a job are left out.
    package var classes: [ClassResult]
    /// All jobs that were ever worked on, over all classes.
    package var wait: Spread
    package var turnaround: Spread
    /// Mean over time of the jobs that had come in and not ended.
    package var meanJobsPresent: Double

    // MARK: Workers
    /// Spot workers that were taken away, with and without notice.
    package var announcedInterruptions: Int
    package var unannouncedInterruptions: Int
    package var mostWorkers: Int
    package var workersOrdered: Int
    /// Hours that were paid for, start-up included.
    package var workerHours: Double
    /// The share of those hours in which a worker had nothing to translate.
    package var idleShare: Double
    package var dollars: Double
    package var timeline: [Sample]

    /// US dollars for 1,000 translated words; 0 where none was.
    package var dollarsPerThousandWords: Double { words > 0 ? dollars / words * 1000 : 0 }

    /// Whether every class reaches that share.
    package func meets(_ target: Double) -> Bool {
        unfinished == 0 && classes.allSatisfy { $0.metShare >= target }
    }
}

extension Simulator {
    var result: SimulationResult {
        let seconds = Double(now.microseconds) / 1e6
        let completed = jobs.filter { $0.machine.state == .completed }
        let unfinished = scenario.arrivals.count - tally.ended
        let busy = meters.busy.total(until: now)
        let duplicates = jobs.reduce(0) { $0 + max(0, $1.completions - 1) }
        return SimulationResult(
            policy: policy.kind,
            seconds: seconds,
            submitted: scenario.arrivals.count,
            completed: completed.count,
            deadLettered: tally.deadLettered,
            unfinished: unfinished,
            lost: jobs.count { !$0.machine.state.hasEnded } - jobsInSight,
            duplicated: duplicates + tally.refused,
            words: completed.reduce(0) { $0 + $1.words },
            redoneWords: tally.redoneWords,
            classes: PriorityClass.allCases.compactMap(result),
            wait: Spread(jobs.compactMap(wait)),
            turnaround: Spread(jobs.compactMap(turnaround)),
            meanJobsPresent: seconds > 0 ? meters.jobs.total(until: now) / seconds : 0,
            announcedInterruptions: tally.announced,
            unannouncedInterruptions: tally.unannounced,
            mostWorkers: tally.mostWorkers,
            workersOrdered: workersOrdered,
            workerHours: tally.paidSeconds / 3600,
            idleShare: tally.paidSeconds > 0 ? max(0, 1 - busy / tally.paidSeconds) : 0,
            dollars: tally.dollars,
            timeline: tally.timeline
        )
    }

    /// Jobs that wait, are held by a worker, or are on their way back from one.
    private var jobsInSight: Int { line.count + workers.reduce(0) { $0 + $1.jobs.count } + tally.returning }

    private func result(of priorityClass: PriorityClass) -> SimulationResult.ClassResult? {
        let ofClass = jobs.filter { $0.priority.priorityClass == priorityClass }
        guard !ofClass.isEmpty else { return nil }
        let level = priorityClass.serviceLevel / .seconds(1)
        let met = ofClass.count { $0.machine.state == .completed && (turnaround(of: $0) ?? .infinity) <= level }
        return SimulationResult.ClassResult(
            priorityClass: priorityClass,
            jobs: ofClass.count,
            metShare: Double(met) / Double(ofClass.count),
            wait: Spread(ofClass.compactMap(wait)),
            turnaround: Spread(ofClass.compactMap(turnaround))
        )
    }

    private func wait(of job: SimulatedJob) -> Double? {
        job.firstServedAt.map { ($0 - job.submittedAt) / .seconds(1) }
    }

    private func turnaround(of job: SimulatedJob) -> Double? {
        job.endedAt.map { ($0 - job.submittedAt) / .seconds(1) }
    }
}
