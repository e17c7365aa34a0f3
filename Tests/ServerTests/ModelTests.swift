import Foundation
import ServerFixture
import Testing

/// A damaged model beside good ones, and what the server says of its models.
@Suite(.timeLimit(.minutes(20)))
struct ModelTests {
    /// A folder with the shipped models and one whose damage shows when it is loaded.
    private static func models() throws -> String {
        let files = FileManager.default
        let shipped = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Models").path
        let folder = files.temporaryDirectory.appending(path: "dragoman-models-\(UUID().uuidString)").path
        try files.copyItem(atPath: shipped, toPath: folder)
        try files.copyItem(atPath: folder + "/starter", toPath: folder + "/damaged")
        let description = #"{"name": "damaged", "languages": [{"source": "en", "target": "fr"}]}"#
        try Data(description.utf8).write(to: URL(filePath: folder + "/damaged/model.json"))
        try Data("damaged".utf8).write(to: URL(filePath: folder + "/damaged/model.bin"))
        return folder
    }

    @Test func damagedModel_isNamedEverywhereAndLeavesTheOthersAlone() async throws {
        let models = try Self.models()
        defer { try? FileManager.default.removeItem(atPath: models) }
        let server = try await RunningServer(["MODEL_PATH": models, "PINNED_MODELS": "starter-v1"])
        func translate(to target: String) async throws -> RunningServer.Answer {
            let body = ["text": "Good morning.", "source_language": "en", "target_language": target]
            return try await server.request("POST", "/api/v1/translate", body)
        }
        let refused = try await translate(to: "fr")
        #expect(refused.status == 503, "\(refused.text)")
        #expect(try await translate(to: "es").status == 200)
        let health = try await server.request("GET", "/health/ready")
        #expect(health.status == 200)
        #expect((health.json["checks"] as? [String: String])?["models"] == "failed", "\(health.text)")
        let list = try await server.request("GET", "/api/v1/admin/models")
        let items = list.json["items"] as? [[String: Any]] ?? []
        #expect(items.map { $0["state"] as? String } == ["failed", "loaded"], "\(list.text)")
        #expect((items.first?["problem"] as? String)?.contains("damaged/model.bin") == true)
        #expect(items.last?["pinned"] as? Bool == true)
        let metrics = try await server.request("GET", "/metrics").text
        #expect(metrics.contains(#"dragoman_model_failed{model="damaged"} 1"#))
        #expect(metrics.contains(#"dragoman_model_loads{model="starter-v1"} 1"#))
        #expect(try await server.request("POST", "/api/v1/admin/models/starter-v1/unload").status == 409)
    }
}
