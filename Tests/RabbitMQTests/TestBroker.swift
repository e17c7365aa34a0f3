import CRabbitMQ
import Contracts
import Environment
import Foundation
import JobSystem
import Logging
import RabbitMQ
import Storage
import Testing

/// Everything that needs a broker.
@Suite(.serialized, .enabled(if: TestBroker.url != nil, TestBroker.howToHaveOne))
enum RabbitMQTests {}

struct TestBrokerPresenceTests {
    @Test func brokerIsThereForTheTests() {
        #expect(TestBroker.url != nil, TestBroker.howToHaveOne)
    }
}

/// The broker that `scripts/services up rabbitmq` started.
enum TestBroker {
    static let url = variable("TEST_RABBITMQ_URL")
    static let encryptedURL = variable("TEST_RABBITMQ_TLS_URL")
    /// The certificate of the authority that signed the broker's.
    static let authority = variable("TEST_RABBITMQ_CA")
    static let howToHaveOne: Comment =
        "TEST_RABBITMQ_URL is not set: 'make test' starts a broker and sets it, as RABBITMQ_URL of .services/env."

    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The broker's address with something changed about it.
    static func address(_ url: String? = url, edit: (inout URLComponents) -> Void = { _ in }) throws -> RabbitMQAddress
    {
        let url = try #require(url)
        var parts = try #require(URLComponents(string: url))
        edit(&parts)
        let text = try #require(parts.string)
        return try RabbitMQAddress(text)
    }
}

/// What a user does with a broker, by a connection that blocks.
final class Administrator {
    private let link: amqp_connection_state_t

    init(_ url: String) throws {
        let parts = try #require(URLComponents(string: url))
        link = try #require(amqp_new_connection())
        let socket = try #require(amqp_tcp_socket_new(link))
        try #require(crabbitmq_open(socket, parts.host ?? "", Int32(parts.port ?? 0), 5000) == 0)
        var none = amqp_table_t()
        let reply = crabbitmq_log_in(link, "/", 0, &none, parts.user ?? "", parts.password ?? "")
        try #require(reply.reply_type == AMQP_RESPONSE_NORMAL)
        amqp_channel_open(link, 1)
        try check()
    }

    deinit { amqp_destroy_connection(link) }

    private func check() throws { try #require(amqp_get_rpc_reply(link).reply_type == AMQP_RESPONSE_NORMAL) }

    private func with<T>(_ text: String, _ body: (amqp_bytes_t) -> T) -> T {
        text.withCString { body(amqp_cstring_bytes($0)) }
    }

    /// Messages that nobody has got yet.
    func count(_ queue: String) throws -> Int {
        let answer = with(queue) { amqp_queue_declare(link, 1, $0, 1, 1, 0, 0, amqp_table_t()) }
        try check()
        return Int(try #require(answer).pointee.message_count)
    }

    func purge(_ queue: String) throws {
        with(queue) { _ = amqp_queue_purge(link, 1, $0) }
        try check()
    }

    func delete(queue: String) throws {
        with(queue) { _ = amqp_queue_delete(link, 1, $0, 0, 0) }
        try check()
    }

    func delete(exchange: String) throws {
        with(exchange) { _ = amqp_exchange_delete(link, 1, $0, 0) }
        try check()
    }

    func declare(queue: String) throws {
        with(queue) { _ = amqp_queue_declare(link, 1, $0, 0, 1, 0, 0, amqp_table_t()) }
        try check()
    }

    func publish(_ body: [UInt8], to exchange: String, _ key: String) throws {
        var body = body
        let status = with(exchange) { exchange in
            with(key) { key in
                body.withUnsafeMutableBytes {
                    let bytes = amqp_bytes_t(len: $0.count, bytes: $0.baseAddress)
                    return amqp_basic_publish(link, 1, exchange, key, 0, 0, nil, bytes)
                }
            }
        }
        try #require(status == 0)
    }

    /// Removes all that a topology has.
    func remove(_ topology: Topology) throws {
        for priority in PriorityClass.allCases { try delete(queue: topology.queue(priority)) }
        try delete(queue: topology.deadLetters)
        try delete(exchange: topology.exchange)
        try delete(exchange: topology.deadLetters)
    }
}

/// Checks a condition again and again until it holds; not for ever.
func until(_ what: Comment, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, what)
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// Jobs in a SQLite database of their own, and the broker's queues of their own.
struct Site: Sendable {
    let database: SQLiteDatabase
    let store: SQLJobStore
    let url: String
    let prefix: String

    /// A worker's or a server's connection to it. Looks in the store hardly ever, unless told otherwise: what arrives
    /// then came by a message.
    func queue(
        _ address: RabbitMQAddress? = nil,
        store: SQLJobStore? = nil,
        configure: (inout RabbitMQJobQueue.Configuration) -> Void = { _ in }
    ) throws -> RabbitMQJobQueue {
        var configuration = RabbitMQJobQueue.Configuration()
        configuration.queuePrefix = prefix
        configuration.pollInterval = .seconds(3600)
        configuration.sweepInterval = .seconds(3600)
        configure(&configuration)
        return try RabbitMQJobQueue(
            try address ?? RabbitMQAddress(url),
            store: store ?? self.store,
            configuration: configuration,
            logger: TestBroker.silent
        )
    }

    func submit(
        _ priority: PriorityClass = .standard,
        kind: String = "text",
        at time: Timestamp = .now()
    ) async throws -> Job {
        let request = SampleJobs.request(priority: Priority(priority), kind: kind)
        return try await store.submit(SampleJobs.submission(request, at: time)).job
    }

    func submit(_ count: Int, _ priority: PriorityClass = .standard) async throws -> [Job] {
        var jobs: [Job] = []
        for _ in 0..<count { jobs.append(try await submit(priority)) }
        return jobs
    }

    func request(_ worker: String = "w", limit: Int = 10, kinds: [String]? = nil) -> ClaimRequest {
        ClaimRequest(worker: worker, limit: limit, kinds: kinds, time: .now())
    }
}

func withSite<T>(on url: String? = TestBroker.url, _ body: (Site) async throws -> T) async throws -> T {
    let url = try #require(url)
    let folder = FileManager.default.temporaryDirectory.appending(path: "rabbitmq-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let database = try SQLiteDatabase(path: folder.path + "/db.sqlite")
    try await Migrator(Schema.migrations).migrate(database)
    let prefix = "test-\(UUID().uuidString.prefix(8))"
    defer { try? Administrator(url).remove(Topology(prefix: prefix)) }
    let result = try await body(Site(database: database, store: SQLJobStore(database), url: url, prefix: prefix))
    try await database.close()
    return result
}

/// Runs queues while the body does, all of them connected for publishing.
func running<T>(_ queues: RabbitMQJobQueue..., body: () async throws -> T) async throws -> T {
    let task = Task {
        await withTaskGroup(of: Void.self) { group in
            for queue in queues { group.addTask { await queue.run() } }
        }
    }
    do {
        for queue in queues { try await until("no connection") { queue.status.publisher.state == .connected } }
        let result = try await body()
        task.cancel()
        await task.value
        return result
    } catch {
        task.cancel()
        await task.value
        throw error
    }
}

/// Has the queue look in the store, which is empty, and consume from then on.
func prime(_ queue: RabbitMQJobQueue, _ request: ClaimRequest) async throws {
    let waiting = Task { try await queue.next(request) }
    try await until("no consumer") { queue.status.consumer.state == .connected }
    waiting.cancel()
    #expect(try await waiting.value.isEmpty)
}
