import Identity
import NIOHTTP1
import Testing
import WebServer

/// `/api/v1/admin/models`: what is told of models, and who may load them.
struct ModelAdministrationTests {
    private static func options() -> WebWorld.Options {
        var options = WebWorld.Options.accounts
        options.translators = { _ in AdministeredModels() }
        return options
    }

    @Test func statesOfModelsAreTold() async throws {
        try await WebWorld.with(Self.options()) { world in
            let root = try await world.signedIn("root", role: .admin, tier: "enterprise").client
            let models = try await root.get("/api/v1/admin/models").items()
            #expect(models.map { $0["name"] ?? .null } == ["busy", "slow", "damaged"])
            #expect(models.map { $0["state"] ?? .null } == ["loaded", "loading", "failed"])
            #expect(models.map { $0["uses"] ?? .null } == [1, 0, 0])
            #expect(models[0]["memory_bytes"] == 1000)
            #expect(models[0]["load_seconds"] == .decimal(0.25))
            #expect(models[0]["problem"] == .null)
            #expect(models[2]["problem"] == "'model.bin' is empty, expected a file with content.")
        }
    }

    @Test(arguments: ["load", "unload"])
    func onlyAdministratorsLoadAndUnload(what: String) async throws {
        try await WebWorld.with(Self.options()) { world in
            let user = try await world.signedIn("ada", tier: "enterprise").client
            #expect(try await user.send(.POST, "/api/v1/admin/models/busy/\(what)").status == 403)
            let root = try await world.signedIn("root", role: .admin, tier: "enterprise").client
            #expect(try await root.send(.POST, "/api/v1/admin/models/nothing/\(what)").status == 404)
            let answer = try await root.send(.POST, "/api/v1/admin/models/busy/\(what)")
            #expect(answer.status == (what == "load" ? 200 : 202))
            let trail = try await root.get("/api/v1/admin/audit")
            #expect(trail.text.contains("\"busy\""))
        }
    }
}
