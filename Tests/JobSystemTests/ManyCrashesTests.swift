import Contracts
import Environment
import JobSystem
import Messaging
import Storage
import Testing

/// Several workers that crash again and again, on real time with short leases.
struct ManyCrashesTests {
    private static let jobs = 500
    private static let workers = 4
    /// A worker crashes when it starts its so manyth job.
    private static let jobsPerLife = 40

    private static var retry: RetryPolicy {
        var retry = RetryPolicy()
        (retry.limit, retry.crashLimit) = (1000, 1000)
        retry.base = .milliseconds(5)
        return retry
    }

    @Test func everyAcceptedJobEndsExactlyOnce() async throws {
        try await JobWorld.with { world in
            try await world.database.write { connection in
                _ = try connection.execute("CREATE TABLE endings (job_id TEXT NOT NULL)")
                _ = try connection.execute(
                    """
                    CREATE TRIGGER count_endings AFTER UPDATE ON jobs
                    WHEN new.ended_at IS NOT NULL AND (old.ended_at IS NULL OR old.state <> new.state)
                    BEGIN INSERT INTO endings VALUES (new.id); END
                    """
                )
            }
            let crashes = Recorder<Int>()
            let accepted = try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<Self.workers { group.addTask { try await liveAgainAndAgain(number, world, crashes) } }
                group.addTask { await sweeper(world).run() }
                let accepted = try await submitAll(world)
                for id in accepted { try await untilEnded(id, world) }
                group.cancelAll()
                return accepted
            }
            try await check(accepted, world)
            #expect(crashes.all.count >= 8)
            print("many crashes: \(accepted.count) jobs, \(crashes.all.count) crashes")
        }
    }

    private func submitAll(_ world: JobWorld) async throws -> [JobID] {
        try await withThrowingTaskGroup(of: JobID.self) { group in
            for number in 0..<Self.jobs {
                let payload = number % 25 == 1 ? "never" : number % 10 == 0 ? "fail 1" : "ok"
                let class_ = PriorityClass.allCases[number % 3]
                let request = SampleJobs.request(priority: Priority(class_), payload: payload)
                // Submitted in real time, unlike what the manual clock of the world's own service would write.
                let submission = SampleJobs.submission(request, at: .now())
                group.addTask { try await world.store.submit(submission).job.id }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    private func check(_ accepted: [JobID], _ world: JobWorld) async throws {
        for id in accepted {
            let job = try #require(try await world.store.job(id))
            let payload = try #require(try await world.store.input(of: id)).payload
            #expect(job.state == (payload == "never" ? .failed : .completed))
            let result = try await world.store.result(of: id)
            #expect(result == (payload == "never" ? nil : SimulatedHandler.result(of: id)))
        }
        let endings = try await world.database.read { connection in
            try connection.query("SELECT job_id FROM endings").map { try $0.text("job_id") }
        }
        #expect(endings.count == accepted.count && Set(endings) == Set(accepted.map(\.text)))
    }

    private func untilEnded(_ id: JobID, _ world: JobWorld) async throws {
        while try await world.store.job(id)?.state.hasEnded == false {
            // Nobody tells: events of a worker that crashes are lost with it.
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func queue(_ store: any JobStore) -> ClaimingJobQueue {
        ClaimingJobQueue(
            store: store,
            wakeUp: InProcessWakeUp(environment: .live),
            environment: .live,
            pollInterval: .milliseconds(10)
        )
    }

    private func sweeper(_ world: JobWorld) -> JobSweeper {
        JobSweeper(
            store: world.store,
            queue: queue(world.store),
            events: world.events,
            environment: .live,
            retry: Self.retry,
            interval: .milliseconds(20)
        )
    }

    /// Runs a worker until it crashes, then the next one.
    private func liveAgainAndAgain(_ number: Int, _ world: JobWorld, _ crashes: Recorder<Int>) async throws {
        while !Task.isCancelled {
            let database = CrashableDatabase(world.database)
            let store = SQLJobStore(database)
            let crashed = Signal()
            let started = Recorder<JobID>()
            let handler = SimulatedHandler { job in
                if started.record(job.job.id) == Self.jobsPerLife {
                    database.crash()
                    crashed.raise()
                }
                await Task.yield()
            }
            var configuration = WorkerLoop.Configuration(name: "w\(number)-\(crashes.all.count)")
            configuration.lease = .milliseconds(150)
            let worker = WorkerLoop(
                configuration,
                store: store,
                queue: queue(store),
                events: world.events,
                environment: .live,
                handler: handler,
                retry: Self.retry
            )
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await worker.run() }
                group.addTask { await crashed.wait(after: 0) }
                await group.next()
                group.cancelAll()
            }
            if crashed.ticket > 0 { crashes.record(number) }
        }
    }
}
