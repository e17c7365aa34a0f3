/// Enough workers for a given number of jobs each, waiting ones and those being worked on, as KEDA scales by a queue's
/// length.
///
/// Workers = ⌈jobs ÷ jobs for each⌉. Counting only what waits would let the number fall to the lowest as soon as
/// nothing waits, though all workers have their hands full.
package struct QueueDepthPolicy: ScalingPolicy {
    package let kind = PolicyKind.queueDepth
    private let jobsPerWorker: Double
    private var stabilisation = Stabilisation()

    /// - Precondition: `jobsPerWorker` is positive.
    package init(jobsPerWorker: Double) {
        precondition(jobsPerWorker > 0, "A worker was to have '\(jobsPerWorker)' jobs, expected more than none.")
        self.jobsPerWorker = jobsPerWorker
    }

    package mutating func workers(for observation: ScalingObservation) -> Int {
        let jobs = Double(observation.waitingJobs + observation.processing)
        return stabilisation.apply(Int((jobs / jobsPerWorker).rounded(.up)), observation)
    }
}
