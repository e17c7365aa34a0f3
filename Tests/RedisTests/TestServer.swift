import Foundation
import JobSystem
import Logging
import Redis
import Synchronization
import Testing

/// Everything that needs a server. One after the other: some tests cut all of the server's connections.
@Suite(.serialized, .timeLimit(.minutes(20)), .enabled(if: TestServer.url != nil, TestServer.howToHaveOne))
enum RedisTests {}

/// The server that `scripts/services up redis` started.
enum TestServer {
    static let url = ProcessInfo.processInfo.environment["TEST_REDIS_URL"].flatMap { $0.isEmpty ? nil : $0 }
    static let howToHaveOne: Comment =
        "TEST_REDIS_URL is not set: 'make test' starts a server and sets it, as REDIS_URL of .services/env."

    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static let count = Mutex(0)

    /// What the keys of one test begin with. The brackets mean something to Redis.
    static func prefix() -> String {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return "test[\(ProcessInfo.processInfo.processIdentifier)-\(number)]:"
    }

    /// A client that does not run yet. Patient, since the machine may be busy with other tests.
    static func client(
        _ prefix: String,
        at url: String? = url,
        logger: Logger = silent,
        configure: (inout RedisClient.Configuration) -> Void = { _ in }
    ) throws -> RedisClient {
        var configuration = RedisClient.Configuration()
        configuration.prefix = prefix
        configuration.commandTimeout = .seconds(5)
        configuration.connectTimeout = .seconds(5)
        configure(&configuration)
        return RedisClient(
            try RedisAddress(try #require(url)),
            configuration: configuration,
            logger: logger
        )
    }
}

/// Fails where there is no server: suites that are disabled do not.
struct RedisServerTests {
    @Test func serverForTheOtherTestsIsThere() {
        #expect(TestServer.url != nil, TestServer.howToHaveOne)
    }
}

/// Runs clients while the body does.
func running<T>(
    _ clients: [RedisClient],
    untilConnected: Bool = true,
    _ body: () async throws -> T
) async throws -> T {
    let task = Task {
        await withTaskGroup(of: Void.self) { group in
            for client in clients { group.addTask { await client.run() } }
        }
    }
    do {
        if untilConnected { for client in clients { await client.untilConnected() } }
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

/// Clients of one installation, connected, whose keys are gone afterwards.
func withClients<T>(_ count: Int, _ body: ([RedisClient]) async throws -> T) async throws -> T {
    let prefix = TestServer.prefix()
    let clients = try (0..<count).map { _ in try TestServer.client(prefix) }
    return try await running(clients) {
        let result = try await body(clients)
        for key in try await keys(of: clients[0]) { _ = try await clients[0].send(RedisCommand("DEL", .bytes(key))) }
        return result
    }
}

/// All keys of an installation.
func keys(of client: RedisClient) async throws -> [[UInt8]] {
    let pattern = client.prefix.replacing("[", with: "\\[").replacing("]", with: "\\]") + "*"
    guard case .array(let keys) = try await client.send(RedisCommand("KEYS", .text(pattern))) else { return [] }
    return keys.compactMap { if case .bytes(let key) = $0 { key } else { nil } }
}

/// Lets all keys of an installation come so much closer to their end.
func letTimePass(_ span: Duration, on client: RedisClient) async throws {
    for key in try await keys(of: client) {
        guard case .integer(let left) = try await client.send(RedisCommand("PTTL", .bytes(key))), left >= 0 else {
            Issue.record("A key of a cache has no end.")
            continue
        }
        let rest = left - Int64(span / .milliseconds(1))
        _ = try await client.send(RedisCommand("PEXPIRE", .bytes(key), "\(rest)"))
    }
}
