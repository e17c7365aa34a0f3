import Contracts
import Environment
import Foundation
import Identity
import Storage

/// An identity service on a database of its own, with a clock that stands still.
struct IdentityWorld {
    static let secret = "0123456789abcdef0123456789abcdef"
    static let address = "192.0.2.7"
    static let password = "correct horse"

    let time = ManualTime()
    let database: SQLiteDatabase
    let service: IdentityService

    var store: SQLIdentityStore { SQLIdentityStore(database) }

    /// Runs a test in a folder that is gone afterwards.
    static func with<T>(
        key: TokenKey? = .secret(IdentityWorld.secret),
        cost: ScryptCost = IdentitySamples.cost,
        configure: (inout IdentityConfiguration) -> Void = { _ in },
        _ body: (IdentityWorld) async throws -> T
    ) async throws -> T {
        try await withTemporaryFolder { folder in
            var configuration = IdentityConfiguration()
            configure(&configuration)
            let world = try await IdentityWorld(folder, key, cost, configuration)
            let result = try await body(world)
            try await world.database.close()
            return result
        }
    }

    private init(_ folder: String, _ key: TokenKey?, _ cost: ScryptCost, _ configuration: IdentityConfiguration)
        async throws
    {
        database = try SQLiteDatabase(path: folder + "/db.sqlite")
        try await Migrator(Schema.migrations).migrate(database)
        let environment = time.environment
        var tokens: TokenIssuer?
        if let key { tokens = try await TokenIssuer(key: key, lifetime: .seconds(3600), environment: environment) }
        service = IdentityService(
            store: SQLIdentityStore(database),
            tokens: tokens,
            environment: environment,
            configuration: configuration,
            hasher: PasswordHasher(cost: cost, environment: environment),
            secret: Self.secret
        )
    }

    /// Another process on the same database.
    func anotherProcess(
        secret: String = IdentityWorld.secret,
        tickets: any TicketLedger = InProcessTicketLedger()
    ) async throws -> IdentityService {
        let environment = time.environment
        return IdentityService(
            store: store,
            tokens: try await TokenIssuer(
                key: .secret(Self.secret),
                lifetime: .seconds(3600),
                environment: environment
            ),
            environment: environment,
            hasher: PasswordHasher(cost: IdentitySamples.cost, environment: environment),
            secret: secret,
            tickets: tickets
        )
    }

    @discardableResult
    func addUser(_ name: String = "ada", role: Role = .user, tier: String = Tier.free) async throws -> User {
        try await service.addUser(
            email: name + "@example.org",
            password: Self.password,
            role: role,
            tier: tier,
            by: .console
        )
    }

    func login(_ name: String = "ada", password: String = IdentityWorld.password) async throws -> IssuedToken {
        try await service.login(email: name + "@example.org", password: password, from: Self.address)
    }

    func principal(_ credential: String) async throws -> Principal {
        try await service.authenticate(credential, from: Self.address)
    }

    /// Why the credential is refused; `nil` if it is not.
    func refusal(_ credential: String) async -> IdentityError.Code? {
        do {
            _ = try await principal(credential)
            return nil
        } catch {
            return (error as? IdentityError)?.code
        }
    }
}

/// A folder that is gone afterwards.
func withTemporaryFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "identity-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder.path)
}

/// The code of the error that the body throws, if it is an `IdentityError`.
func code(_ body: () async throws -> Void) async -> IdentityError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? IdentityError)?.code
    }
}
