internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Identity
internal import MachineTranslation
internal import TranslationService

/// `/api/v1/admin/models`: the models of this process, and which of them are in its memory.
struct AdminModelRoutes {
    let services: WebServices

    private static let path = "/api/v1/admin/models"

    var routes: [Route] {
        [
            .get(Self.path, .scope(.admin)) { _, _ in
                Response(json: .page(services.translation.models().map(json), next: nil))
            },
            .post(Self.path + "/{name}/load", .scope(.admin)) { _, context in
                let model = try services.translation.loadModel(context.pathParameter("name"))
                try await audit(model, context)
                return Response(model.state.stage == .loaded ? .ok : .accepted, json: json(model))
            },
            .post(Self.path + "/{name}/unload", .scope(.admin)) { _, context in
                let model = try services.translation.unloadModel(context.pathParameter("name"))
                try await audit(model, context)
                return Response(model.state.stage == .unloaded ? .ok : .accepted, json: json(model))
            },
        ]
    }

    private func audit(_ model: ModelStatus, _ context: ServerContext) async throws {
        let actor = context.actor(try context.signedIn())
        try await services.identity.audit(.administration, subject: model.name, by: actor)
    }

    private func json(_ model: ModelStatus) -> JSONValue {
        let state = model.state
        let lastUsed = state.lastUsed.map { (services.environment.now() + (.zero - $0)).rfc3339 }
        return [
            "name": .string(model.name),
            "version": .string(model.version),
            "licence": .string(model.licence),
            "pairs": .array(
                model.pairs.map { ["source_language": .string($0.source), "target_language": .string($0.target)] }
            ),
            "loaded": .bool(state.stage == .loaded),
            "memory_bytes": .integer(state.bytes),
            "state": .string(state.stage.rawValue),
            "problem": .optional(model.problem),
            "pinned": .bool(state.isPinned),
            "uses": .integer(state.uses),
            "last_used_at": .optional(lastUsed),
            "loads": .integer(state.loads),
            "load_failures": .integer(state.failures),
            "evictions": .integer(state.evictions),
            "load_seconds": state.loadTime.map { .decimal($0 / .seconds(1)) } ?? .null,
        ]
    }
}
