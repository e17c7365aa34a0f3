import Foundation
import ServerFixture
import Testing

/// An object store of the tests; nil where there is none.
private func objectStore(_ name: String) -> String? {
    ProcessInfo.processInfo.environment["TEST_S3_" + name].flatMap { $0.isEmpty ? nil : $0 }
}

/// Backups in an object store, from the command line.
@Suite(
    .timeLimit(.minutes(20)),
    .enabled(if: objectStore("ENDPOINT") != nil, "TEST_S3_ENDPOINT is not set; 'make test' starts a server.")
)
struct ObjectStoreBackupTests {
    private func server(_ more: [String: String] = [:]) async throws -> RunningServer {
        let settings = [
            "ENGINE": "simulated", "S3_ENDPOINT": try #require(objectStore("ENDPOINT")),
            "S3_ACCESS_KEY": try #require(objectStore("ACCESS_KEY")),
            "S3_SECRET_KEY": try #require(objectStore("SECRET_KEY")),
        ]
        return try await RunningServer(settings.merging(more) { $1 })
    }

    private func newPlace() throws -> String {
        "s3://\(try #require(objectStore("BUCKET")))/backup-\(UInt64.random(in: 0 ... .max))"
    }

    @Test func backup_isCompleteAndCanBeRestored_andOldOnesGo() async throws {
        let (server, place) = (try await server(), try newPlace())
        let fields: [String: Any] = ["title": "kept", "original_text": "One.", "original_language": "en"]
        let note = try await server.request("POST", "/api/v1/notes", fields)
        let id = try #require(note.json["id"] as? String, "\(note.text)")
        let first = try await server.run("backup", place)
        #expect(first.code == 0, "\(first.output)")
        let name = try #require(first.output.firstMatch(of: /s3:\/\/[^']+/)).output
        #expect(try await server.request("DELETE", "/api/v1/notes/\(id)").status == 204)
        let second = try await server.run("backup", place, "--keep", "2")
        #expect(second.code == 0)
        #expect(await server.stop() == 0)
        let restored = try await server.run("restore", String(name))
        #expect(restored.code == 0, "\(restored.output)")
        try await server.start()
        #expect(try await server.request("GET", "/api/v1/notes/\(id)").status == 200)
        // The first one goes now.
        #expect(try await server.run("backup", place, "--keep", "2").code == 0)
        #expect(await server.stop() == 0)
        #expect(try await server.run("restore", String(name)).code != 0)
    }

    @Test func placeThatCannotBeUsed_isRefused() async throws {
        let place = try newPlace()
        let strange = try await server(["S3_SECRET_KEY": "wrong"])
        #expect(try await strange.run("backup", place).code != 0)
        #expect(try await strange.run("backup", "s3://x").code == 78)
        #expect(try await strange.run("restore", place).code == 64)
        let keyless = try await server(["S3_SECRET_KEY": ""])
        #expect(try await keyless.run("backup", place).code == 78)
    }
}
