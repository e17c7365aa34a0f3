import Contracts
import Environment
import Foundation
import JobSystem
import Messaging
import Storage

/// Everything a test of the job system needs, on a database of its own, with time that the test moves.
struct JobWorld {
    let time = ManualTime()
    let database: SQLiteDatabase
    let store: any JobStore
    let events = InProcessEventBus()
    let queue: ClaimingJobQueue
    let service: JobService

    /// - Parameter wrap: puts something between the store and those who use it.
    static func with<T>(
        maximumWaiting: Int = 10_000,
        wrap: (SQLJobStore) -> any JobStore = { $0 },
        _ body: (JobWorld) async throws -> T
    ) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appending(path: "jobs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try SQLiteDatabase(path: folder.path + "/db.sqlite")
        try await Migrator(Schema.migrations).migrate(database)
        let world = JobWorld(database, wrap(SQLJobStore(database)), maximumWaiting)
        let result = try await body(world)
        try await database.close()
        return result
    }

    private init(_ database: SQLiteDatabase, _ store: any JobStore, _ maximumWaiting: Int) {
        self.database = database
        self.store = store
        let environment = time.environment
        queue = ClaimingJobQueue(
            store: store,
            wakeUp: InProcessWakeUp(environment: environment),
            environment: environment
        )
        service = JobService(
            store: store,
            queue: queue,
            events: events,
            environment: environment,
            admission: AdmissionControl(maximumWaiting: maximumWaiting, store: store, environment: environment)
        )
    }

    /// A worker; `limit` is the retry policy's, `slots` are the jobs it works on at once.
    func worker(
        _ handler: any JobHandler = SimulatedHandler(),
        limit: Int = 3,
        slots: Int = 4,
        languages: LanguageCoverage? = nil,
        report: @escaping @Sendable (JobIncident) -> Void = { _ in }
    ) -> WorkerLoop {
        var retry = RetryPolicy()
        retry.limit = limit
        var configuration = WorkerLoop.Configuration(name: "w\(time.random())")
        configuration.concurrency = slots
        configuration.languages = languages
        return WorkerLoop(
            configuration,
            store: store,
            queue: queue,
            events: events,
            environment: time.environment,
            handler: handler,
            retry: retry,
            report: report
        )
    }

    /// Runs a worker while `body` runs, then stops it.
    func working<T: Sendable>(_ worker: WorkerLoop, _ body: () async throws -> T) async throws -> T {
        async let running: Void = worker.run()
        do {
            let result = try await body()
            worker.stop()
            await running
            return result
        } catch {
            worker.stop()
            await running
            throw error
        }
    }

    func submit(_ payload: String = "ok", segments: Int = 1) async throws -> Job {
        try await service.submit(SampleJobs.request(payload: payload, segments: segments)).job
    }

    /// Follows a job to the event that ends it.
    func untilEnded(_ id: JobID) async throws {
        for try await _ in try await service.follow(id, owner: nil) {}
    }
}
