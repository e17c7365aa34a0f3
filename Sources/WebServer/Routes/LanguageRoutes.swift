internal import Hummingbird
internal import HummingbirdCore
internal import Identity
internal import TranslationService

/// Which languages there are, and which one a text is in.
struct LanguageRoutes {
    let services: WebServices
    let bodies: BodyReader

    /// Recognition needs no more; what is longer is refused rather than cut.
    private static let detectedCharacters = 50_000

    var routes: [Route] {
        [
            .get("/api/v1/languages", .signedIn) { _, _ in
                // Between a hundred languages there are ten thousand pairs, and the first time names are looked up.
                await LongTexts.offLoop(ifLong: .max) {
                    let entries = services.translation.languages()
                    return Response(json: ["languages": .array(entries.map(Self.json))])
                }
            }.uncounted,
            .post("/api/v1/detect", .scope(.translate)) { request, context in
                var fields = try await bodies.fields(request, from: try context.signedIn())
                let text = fields.string("text", most: Self.detectedCharacters)
                try fields.finish()
                let candidates = try await services.translation.detect(text)
                return Response(json: ["candidates": .array(candidates.map(Self.json))])
            },
        ]
    }

    private static func json(_ entry: LanguageEntry) -> JSONValue {
        [
            "code": .string(entry.code),
            "name": .string(entry.name),
            "native_name": .string(entry.nativeName),
            "targets": .array(entry.targets.map(JSONValue.string)),
        ]
    }

    private static func json(_ candidate: (language: String, confidence: Double)) -> JSONValue {
        ["language": .string(candidate.language), "confidence": .decimal(candidate.confidence)]
    }
}
