import Contracts
import CoreMetrics
import Environment
import Identity
import JobSystem
import Logging
import MachineTranslation
import Messaging
import Notes
import ServiceLifecycle
import Storage
import Telemetry
import TextAnalysis
import TranslationService
import WebServer

/// The object graph of a server under test.
struct TestServices: Sendable {
    let time = ManualTime()
    let database: SwitchableDatabase
    let log = Contracts.Recorder<String>()
    let handler: ScriptedHandler
    let services: WebServices

    init(_ database: SwitchableDatabase, _ options: WebWorld.Options) async throws {
        self.database = database
        let environment = time.environment
        let translation = TranslationService(
            translators: options.translators(environment),
            cache: nil,
            detector: SourceLanguageDetector(try LanguageIdentifier.shipped.get()),
            environment: environment,
            executors: Self.executors,
            limits: options.translation
        )
        handler = ScriptedHandler(handler: TextJobHandler(translation), time: time)
        let jobs = Self.jobs(SQLJobStore(database), environment, options)
        let notes = NoteService(
            store: SQLNoteStore(database),
            cache: InProcessCache(environment: environment),
            environment: environment,
            limits: options.notes,
            countWords: { WordCount.words(in: $0) }
        )
        let identity = IdentityService(
            store: SQLIdentityStore(database),
            tokens: try await TokenIssuer(key: Self.key, environment: environment),
            environment: environment,
            configuration: options.identity,
            // Cheap: the cost of hashing is not what these tests are about.
            hasher: PasswordHasher(
                cost: ScryptCost(logRounds: 4, blockSize: 8, parallelism: 1),
                environment: environment
            )
        )
        let metrics = PrometheusMetrics()
        services = WebServices(
            jobs: jobs,
            translation: translation,
            identity: identity,
            notes: notes,
            statistics: StatisticsService(notes: SQLNoteStore(database), jobs: jobs.store),
            healthChecks: options.healthChecks,
            workers: {
                [
                    WorkerRecord(
                        name: "w",
                        classes: [.high, .critical],
                        languages: [JobLanguages(source: "auto", target: "es")],
                        concurrency: 4,
                        runningJobs: 1,
                        startedAt: Timestamp(microseconds: 0),
                        seenAt: Timestamp(microseconds: 1_000_000)
                    )
                ]
            },
            webhookDeliveries: { owner, job in
                [WebhookStatus(id: "\(owner) \(job)", state: "pending", attempts: 1, createdAt: environment.now())]
            },
            webhookSecret: { _ in "whsec_" + String(repeating: "0", count: 64) },
            webhookProblem: { $0.contains("//nobody.invalid/") ? "Nobody is there." : nil },
            metrics: metrics,
            exposition: { metrics.exposition() },
            environment: environment,
            logger: Self.logger(log)
        )
    }

    /// One for all tests: there are only so many threads.
    private static let executors = TextExecutors(threads: 2)
    private static let key = TokenKey.secret(String(repeating: "k", count: 32))

    private static func jobs(
        _ store: SQLJobStore,
        _ environment: ServiceEnvironment,
        _ options: WebWorld.Options
    ) -> JobService {
        JobService(
            store: store,
            queue: ClaimingJobQueue(
                store: store,
                wakeUp: InProcessWakeUp(environment: environment),
                environment: environment
            ),
            events: InProcessEventBus(),
            environment: environment,
            admission: AdmissionControl(
                maximumWaiting: options.maximumWaiting,
                store: store,
                environment: environment
            )
        )
    }

    private static func logger(_ log: Contracts.Recorder<String>) -> Logger {
        var logger = Logger(label: "test") { _ in RecordingLogHandler(log: log) }
        logger.logLevel = .debug
        return logger
    }

    /// Runs the server while `body` runs.
    func serve<T: Sendable>(
        _ options: WebWorld.Options,
        _ body: @escaping @Sendable (WebWorld) async throws -> T
    ) async throws -> T {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let server = WebServer(options.configuration, services: services) { _, number in port.yield(number) }
        let group = ServiceGroup(services: [server], logger: services.logger)
        return try await withThrowingTaskGroup(of: T?.self) { tasks in
            tasks.addTask {
                defer { port.finish() }
                try await group.run()
                return nil
            }
            tasks.addTask {
                for await number in ports {
                    let world = WebWorld(self, port: number) { await group.triggerGracefulShutdown() }
                    do {
                        let result = try await body(world)
                        await group.triggerGracefulShutdown()
                        return result
                    } catch {
                        await group.triggerGracefulShutdown()
                        throw error
                    }
                }
                return nil
            }
            var result: T?
            for try await value in tasks { result = result ?? value }
            guard let result else { throw TestClientError.noAnswer }
            return result
        }
    }
}

/// Keeps log lines as text.
struct RecordingLogHandler: LogHandler {
    let log: Contracts.Recorder<String>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let metadata = metadata.merging(event.metadata ?? [:]) { $1 }
        let shown = metadata.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
        log.record("\(event.level) \(event.message) \(shown)")
    }
}
