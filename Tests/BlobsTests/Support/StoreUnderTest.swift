import Blobs
import Environment
import Foundation
import NIOCore
import Synchronization
import Testing

/// The server that `scripts/services up s3` started.
enum TestS3 {
    static let howToHaveOne: Comment =
        "TEST_S3_ENDPOINT is not set: 'make test' starts a server and sets it and its like, from S3_… of .services/env."

    static func variable(_ name: String) throws -> String {
        let value = ProcessInfo.processInfo.environment["TEST_S3_" + name] ?? ""
        try #require(!value.isEmpty, howToHaveOne)
        return value
    }

    private static let count = Mutex(0)

    /// A place in the bucket that no other test uses.
    static func newLocation() throws -> S3Location {
        let number = count.withLock { count in
            count += 1
            return count
        }
        let process = ProcessInfo.processInfo.processIdentifier
        return try S3Location(
            "s3://\(try variable("BUCKET"))/Test-\(process)-\(UInt32.random(in: 0 ... .max))/\(number)"
        )
    }

    static func configuration(_ location: S3Location) throws -> S3Configuration {
        var configuration = S3Configuration(
            location: location,
            credentials: try S3Credentials(
                accessKey: try variable("ACCESS_KEY"),
                secretKey: try variable("SECRET_KEY")
            ),
            endpoint: try S3Endpoint(try variable("ENDPOINT"))
        )
        configuration.partSize = 5 << 20
        return configuration
    }

    /// A store with a place of its own.
    static func withStore<Value>(_ body: (S3BlobStore) async throws -> Value) async throws -> Value {
        let configuration = try configuration(try newLocation())
        return try await closing(try S3BlobStore(configuration), body)
    }
}

/// Closes a store after use.
func closing<Store: BlobStore, Value>(_ store: Store, _ body: (Store) async throws -> Value) async throws -> Value {
    do {
        let value = try await body(store)
        try await store.close()
        return value
    } catch {
        try? await store.close()
        throw error
    }
}

/// The implementations.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case folder
    case s3

    var testDescription: String { rawValue }

    /// Runs the body with an empty store.
    func run(_ body: (StoreUnderTest) async throws -> Void) async throws {
        switch self {
        case .folder:
            try await withTemporaryFolder { folder in
                let store = try await FolderBlobStore.open(folder)
                try await body(
                    StoreUnderTest(store: store) {
                        try FileManager.default.contentsOfDirectory(atPath: folder + "/+partial").count
                    }
                )
            }
        case .s3:
            try await TestS3.withStore { store in
                try await body(
                    StoreUnderTest(store: store) { try await store.removeLeftovers(before: .now() + .seconds(3600)) }
                )
            }
        }
    }
}

/// A store, and how to count what writers left behind that is no blob.
struct StoreUnderTest {
    let store: any BlobStore
    let countLeftovers: () async throws -> Int

    /// The names below a prefix, page by page.
    func names(_ prefix: BlobPrefix = .all, pageSize: Int = 1000) async throws -> [String] {
        var names: [String] = []
        var cursor: BlobCursor?
        repeat {
            let page = try await store.list(prefix, after: cursor, limit: pageSize)
            #expect(page.entries.count <= pageSize)
            names += page.entries.map(\.name.description)
            cursor = page.next
        } while cursor != nil
        return names
    }

    /// The content of a blob; nil where there is none.
    func content(_ name: BlobName) async throws -> ByteBuffer? {
        do {
            return try await store.read(name).collect(upTo: 1 << 30)
        } catch let error as BlobError where error.code == .notFound {
            return nil
        }
    }
}
