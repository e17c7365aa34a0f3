import CPostgres
import Contracts
import Foundation
import JobSystem
import Logging
import PostgreSQL
import Storage
import Synchronization
import Testing

/// Everything that needs a server. One after the other: the tests count the server's connections and kill some.
@Suite(.serialized, .enabled(if: TestServer.url != nil, TestServer.howToHaveOne))
enum PostgresTests {}

/// The server that `scripts/services up postgres` started.
enum TestServer {
    static let url = variable("TEST_POSTGRES_URL")
    /// The certificate of the authority that signed the server's.
    static let authority = variable("TEST_POSTGRES_CA")
    static let howToHaveOne: Comment =
        "TEST_POSTGRES_URL is not set: 'make test' starts a server and sets it, as POSTGRES_URL of .services/env."

    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The server's address with another database, and with what else to change about it.
    static func address(
        _ database: String,
        on url: String? = url,
        edit: (inout URLComponents) -> Void = { _ in }
    ) throws -> String {
        let url = try #require(url)
        var parts = try #require(URLComponents(string: url))
        parts.path = "/" + database
        edit(&parts)
        return try #require(parts.string)
    }

    /// Connections to a database of the server.
    static func database(
        _ address: String,
        connections: Int = 4,
        configure: (inout PostgresDatabase.Configuration) -> Void = { _ in }
    ) throws -> PostgresDatabase {
        var configuration = PostgresDatabase.Configuration()
        configuration.maximumConnections = connections
        configure(&configuration)
        return PostgresDatabase(try PostgresAddress(address), configuration: configuration, logger: silent)
    }
}

/// Statements that no transaction can hold, by a connection that blocks.
struct Administrator {
    private let link: OpaquePointer

    init(_ url: String) throws {
        try #require(cpostgres_load() == nil)
        link = try #require(PQconnectdb(url))
        guard PQstatus(link) == CONNECTION_OK else {
            defer { PQfinish(link) }
            throw StorageError(.unavailable, String(cString: PQerrorMessage(link)))
        }
        _ = PQsetNoticeReceiver(link, { _, _ in }, nil)
    }

    func close() { PQfinish(link) }

    /// Runs a statement and returns the first column of its rows.
    @discardableResult
    func run(_ sql: String) throws -> [String] {
        let result = try #require(PQexec(link, sql))
        defer { PQclear(result) }
        guard [PGRES_COMMAND_OK, PGRES_TUPLES_OK].contains(PQresultStatus(result)) else {
            throw StorageError(.statement, String(cString: PQresultErrorMessage(result)))
        }
        return (0..<PQntuples(result)).map { String(cString: PQgetvalue(result, $0, 0)) }
    }

    /// Runs it on a connection of its own.
    @discardableResult
    static func run(_ sql: String, on url: String? = TestServer.url) throws -> [String] {
        let url = try #require(url)
        let administrator = try Administrator(url)
        defer { administrator.close() }
        return try administrator.run(sql)
    }
}

/// A database with the present schema, which others are copied from: quicker than migrating each.
actor TemplateDatabase {
    static let shared = TemplateDatabase()

    private let name = "template_\(ProcessInfo.processInfo.processIdentifier)"
    private var making: Task<Void, any Error>?

    /// The template's name, once it is there.
    func ready() async throws -> String {
        let making =
            self.making
            ?? Task { [name] in
                try Administrator.run("CREATE DATABASE \(name)")
                let database = try TestServer.database(try TestServer.address(name))
                try await Migrator(Schema.migrations).migrate(database)
                try await database.close()
            }
        self.making = making
        try await making.value
        return name
    }
}

private let databaseCount = Mutex(0)

/// An address of a database of its own, with the present schema or empty, that is gone afterwards.
func withDatabase<T>(isMigrated: Bool = true, _ body: (String) async throws -> T) async throws -> T {
    let number = databaseCount.withLock { count in
        count += 1
        return count
    }
    let name = "test_\(ProcessInfo.processInfo.processIdentifier)_\(number)"
    let template = isMigrated ? try await TemplateDatabase.shared.ready() : "template0"
    try Administrator.run("CREATE DATABASE \(name) TEMPLATE \(template)")
    do {
        let result = try await body(try TestServer.address(name))
        try Administrator.run("DROP DATABASE \(name) WITH (FORCE)")
        return result
    } catch {
        _ = try? Administrator.run("DROP DATABASE \(name) WITH (FORCE)")
        throw error
    }
}

/// Two processes' worth of connections to a database of its own.
func withTwoDatabases<T>(
    isMigrated: Bool = true,
    _ body: (PostgresDatabase, PostgresDatabase) async throws -> T
) async throws -> T {
    try await withDatabase(isMigrated: isMigrated) { address in
        let first = try TestServer.database(address)
        let second = try TestServer.database(address)
        let result = try await body(first, second)
        try await first.close()
        try await second.close()
        return result
    }
}

/// The error of the storage that the body throws.
func failure(_ body: () async throws -> Void) async -> StorageError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? StorageError
    }
}

/// The rows of the table `things`.
func countThings(_ database: PostgresDatabase) async throws -> Int {
    try await database.read { try $0.query("SELECT COUNT(*) AS n FROM things").first?.count("n") ?? -1 }
}
