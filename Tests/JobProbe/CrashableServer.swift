import Contracts
import Environment
import Foundation
import JobSystem
import Storage

/// Submits jobs under idempotency keys while workers work on them. Says `accepted ID` once a job is recorded, `claimed
/// ID` when its handler starts, `ended ID` once its end is recorded. Started again on the same database, it goes on; on
/// PostgreSQL several may run at once.
struct CrashableServer {
    let place: String
    let jobs: Int
    /// The numbers of jobs that kill the process that works on them.
    let poison: Set<Int>

    func run() async throws {
        let parts = try ProbeParts(place)
        let database = parts.database
        try await Migrator(Schema.migrations).migrate(database)
        let store = SQLJobStore(database)
        let environment = ServiceEnvironment.live
        let events = parts.events
        let queue = ClaimingJobQueue(
            store: store,
            wakeUp: parts.wakeUp,
            environment: environment,
            pollInterval: .milliseconds(50)
        )
        let service = JobService(
            store: store,
            queue: queue,
            events: events,
            environment: environment,
            admission: AdmissionControl(store: store, environment: environment)
        )
        let worker = worker(store, queue, events)
        let sweeper = JobSweeper(
            store: store,
            queue: queue,
            events: events,
            environment: environment,
            retry: retry,
            interval: .milliseconds(50)
        )
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await worker.run() }
            group.addTask { await sweeper.run() }
            group.addTask { await parts.run() }
            await submitAll(service)
            await untilNothingIsLeft(store)
            worker.stop()
            group.cancelAll()
        }
        try await database.close()
        JobProbe.say("done")
    }

    /// Where somebody kills the process again and again, no job is to be given up for that.
    private var retry: RetryPolicy {
        var retry = RetryPolicy()
        if poison.isEmpty { retry.crashLimit = 1000 }
        retry.base = .milliseconds(20)
        return retry
    }

    private func worker(_ store: SQLJobStore, _ queue: ClaimingJobQueue, _ events: any EventBus) -> WorkerLoop {
        var configuration = WorkerLoop.Configuration(name: "probe-\(UInt32.random(in: 1 ... .max))")
        configuration.concurrency = 8
        // Nobody but the dead is to lose a lease where that counts.
        configuration.lease = poison.isEmpty ? .milliseconds(400) : .seconds(2)
        return WorkerLoop(
            configuration,
            store: store,
            queue: queue,
            events: events,
            environment: .live,
            handler: SimulatedHandler { job in
                JobProbe.say("claimed \(job.job.id)")
                if job.input.payload == Self.poisonous { kill(getpid(), SIGKILL) }
                try await Task.sleep(for: .milliseconds(5))
            },
            retry: retry,
            report: { incident in
                if case .settled(let job, _, _) = incident, job.state.hasEnded { JobProbe.say("ended \(job.id)") }
            }
        )
    }

    private func submitAll(_ service: JobService) async {
        await withTaskGroup(of: Void.self) { group in
            for lane in 0..<4 {
                group.addTask {
                    for number in stride(from: lane, to: jobs, by: 4) {
                        let request = SampleJobs.request(payload: payload(number), key: "job-\(number)")
                        guard let job = try? await service.submit(request).job else { continue }
                        JobProbe.say("accepted \(job.id)")
                    }
                }
            }
        }
    }

    private static let poisonous = "poison"

    private func payload(_ number: Int) -> String {
        guard poison.isEmpty else { return poison.contains(number) ? Self.poisonous : "ok" }
        return number % 10 == 0 ? "fail 1" : "ok"
    }

    private func untilNothingIsLeft(_ store: SQLJobStore) async {
        while let status = try? await store.queueStatus(), status != QueueStatus() {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }
}
