import Contracts
import CoreMetrics
import Environment
import Foundation
import Identity
import JobSystem
import Logging
import Messaging
import Notes
import ServiceLifecycle
import Storage
import Testing
import TranslationService
import WebServer

/// A server on a port of its own, with a database of its own, and time that the test moves.
struct WebWorld: Sendable {
    let time: ManualTime
    let database: SwitchableDatabase
    let services: WebServices
    let handler: ScriptedHandler
    let client: TestClient
    /// Log lines, with their metadata.
    let log: Contracts.Recorder<String>
    /// Begins the server's graceful shutdown.
    let shutDown: @Sendable () async -> Void

    /// What a test wants to be otherwise.
    struct Options: Sendable {
        var configuration = WebServerConfiguration()
        var identity = IdentityConfiguration()
        var notes = NoteLimits()
        var maximumWaiting = 10_000
        var healthChecks: [HealthCheck] = [HealthCheck("database") {}]
        var translation = TranslationService.Limits()
        /// The engine.
        var translators: @Sendable (ServiceEnvironment) -> any TranslatorSource = { environment in
            SimulatedTranslatorSource(timePerWord: .zero, sleep: environment.sleep)
        }

        init() {
            configuration.port = 0
            configuration.version = "1.2.3"
            // A machine that is busy with other tests may not get to a request for a while.
            configuration.connections.firstRequest = .seconds(120)
            // Nobody is limited unless a test is about that.
            for tier in [Tier.free, Tier.premium, Tier.enterprise] {
                identity.tiers.limits[tier]?.requestsPerMinute = 1_000_000
            }
        }

        /// With accounts instead of local mode.
        static var accounts: Options {
            var options = Options()
            options.configuration.mode = .accounts
            return options
        }
    }

    /// Starts a server, and stops it after `body`.
    static func with<T: Sendable>(
        _ options: Options = Options(),
        _ body: @escaping @Sendable (WebWorld) async throws -> T
    ) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appending(path: "web-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = SwitchableDatabase(try SQLiteDatabase(path: folder.path + "/db.sqlite"))
        try await Migrator(Schema.migrations).migrate(database)
        let parts = try await TestServices(database, options)
        let result = try await parts.serve(options, body)
        try await database.close()
        return result
    }

    init(_ parts: TestServices, port: Int, shutDown: @escaping @Sendable () async -> Void) {
        time = parts.time
        database = parts.database
        services = parts.services
        handler = parts.handler
        log = parts.log
        client = TestClient(port: port)
        self.shutDown = shutDown
    }

    // MARK: Working

    /// Runs a worker while `body` runs.
    func working<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        var retry = RetryPolicy()
        retry.limit = 1
        // A worker whose store failed tries again by itself, whatever time it is for the test.
        var environment = time.environment
        environment.sleep = ServiceEnvironment.live.sleep
        let worker = WorkerLoop(
            WorkerLoop.Configuration(name: "w"),
            store: services.jobs.store,
            queue: services.jobs.queue,
            events: services.jobs.events,
            environment: environment,
            handler: handler,
            retry: retry
        )
        async let running: Void = worker.run()
        let result: Result<T, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        handler.release()
        worker.stop()
        await running
        return try result.get()
    }

    /// Lets time pass in such steps while `body` waits for something to be due. Whoever sleeps first may be somebody else:
    /// the timer of an earlier request, or usage that is about to be recorded.
    func passing<T: Sendable>(inStepsOf step: Duration, _ body: () async throws -> T) async rethrows -> T {
        async let _: Void = time.pass(inStepsOf: step, pausing: .milliseconds(20))
        return try await body()
    }

    /// Follows a job to its end.
    func untilEnded(_ id: String) async throws {
        guard let id = JobID(id) else { return }
        for try await _ in try await services.jobs.follow(id, owner: nil) {}
    }

    /// Submits a text and returns the job's id.
    func submit(_ text: String = "hello", as client: TestClient? = nil) async throws -> String {
        let answer = try await (client ?? self.client).post("/api/v1/translations", Self.body(text))
        return try answer.string("job_id")
    }

    /// What is posted for a text.
    static func body(_ text: String = "hello") -> JSONValue {
        ["text": .string(text), "source_language": "en", "target_language": "es"]
    }

    // MARK: Accounts

    static let password = "correct horse battery"

    /// Makes an account and returns a client that is signed in with it.
    func signedIn(
        _ name: String,
        role: Role = .user,
        tier: String = Tier.premium
    ) async throws -> (user: User, client: TestClient) {
        let email = "\(name)@example.org"
        let identity = services.identity
        let user = try await identity.addUser(
            email: email,
            password: Self.password,
            role: role,
            tier: tier,
            by: .console
        )
        let token = try await identity.login(email: email, password: Self.password, from: "test")
        return (user, client.with(token: token.accessToken))
    }
}
