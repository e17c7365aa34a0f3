internal import Environment
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Identity
internal import JobSystem
internal import Notes
internal import TranslationService

/// `/api/v1/notes`: texts that somebody keeps, and their translations.
struct NoteRoutes {
    let services: WebServices
    let configuration: WebServerConfiguration
    let bodies: BodyReader

    private static let path = "/api/v1/notes"

    var routes: [Route] {
        [
            .post(Self.path, .scope(.notes), create),
            .get(Self.path, .scope(.notes), list),
            .get(Self.path + "/{id}", .scope(.notes), show),
            .patch(Self.path + "/{id}", .scope(.notes), update),
            .delete(Self.path + "/{id}", .scope(.notes), delete),
            .post(Self.path + "/{id}/translate", .scope(.notes), translate),
        ]
    }

    @Sendable private func create(_ request: Request, _ context: ServerContext) async throws -> Response {
        let principal = try context.signedIn()
        let owner = principal.userID
        var fields = try await bodies.fields(request, from: principal)
        let title = fields.string("title")
        let text = fields.string("original_text")
        let wish = fields.string("original_language")
        try fields.finish()
        let language = try services.translation.recordedLanguage(wish)
        let note = try await services.notes.create(owner: owner, title: title, text: text, language: language)
        var headers = note.headers
        headers[.location] = Self.path + "/" + note.id.text
        return Response(.created, json: note.json, headers: headers)
    }

    @Sendable private func list(_ request: Request, _ context: ServerContext) async throws -> Response {
        let query = try request.query(["limit", "cursor"])
        let page = try await services.notes.list(
            owner: try context.signedIn().userID,
            limit: try query.integer("limit", in: 1...200) ?? 50,
            cursor: try query.value("cursor", expected: "a 'next_cursor' of this list", NoteCursor.init(text:))
        )
        return await LongTexts.offLoop(ifLong: page.notes.reduce(0) { $0 + $1.textBytes }) {
            Response(json: .page(page.notes.map(\.json), next: page.next?.text))
        }
    }

    @Sendable private func show(_ request: Request, _ context: ServerContext) async throws -> Response {
        let answer = try await services.notes.note(try context.noteID(), owner: try context.signedIn().userID)
        return await LongTexts.offLoop(ifLong: answer.note.textBytes) {
            var headers = answer.note.headers
            headers[.cacheStatus] = answer.cache.rawValue
            return Response(json: answer.note.json, headers: headers)
        }
    }

    @Sendable private func update(_ request: Request, _ context: ServerContext) async throws -> Response {
        let (id, principal) = (try context.noteID(), try context.signedIn())
        let revision = try request.expectedRevision()
        var fields = try await bodies.fields(request, from: principal)
        var changes = NoteChanges(
            title: fields.optionalString("title"),
            originalText: fields.optionalString("original_text"),
            originalLanguage: fields.optionalString("original_language")
        )
        try fields.finish()
        changes.originalLanguage = try changes.originalLanguage.map(services.translation.recordedLanguage)
        let note = try await services.notes.update(id, owner: principal.userID, changes, ifAt: revision)
        return Response(json: note.json, headers: note.headers)
    }

    @Sendable private func delete(_ request: Request, _ context: ServerContext) async throws -> Response {
        let (id, owner) = (try context.noteID(), try context.signedIn().userID)
        try await services.notes.delete(id, owner: owner, ifAt: try request.expectedRevision())
        return Response(status: .noContent)
    }

    /// The note's text is read once, and checked, charged and submitted like any other.
    @Sendable private func translate(_ request: Request, _ context: ServerContext) async throws -> Response {
        let principal = try context.signedIn()
        let id = try context.noteID()
        let submission = JobSubmitter(services: services, configuration: configuration)
        let key = try submission.idempotencyKey(request)
        var fields = try await bodies.fields(request, from: principal)
        let wish = fields.string("target_language", most: 35)
        try fields.finish()
        let target = services.translation.target(wish) ?? wish
        var (job, text) = try await services.notes.requestTranslation(id, owner: principal.userID, into: target)
        let characters = text.unicodeScalars.count
        try services.identity.limits(of: principal).check(characters: characters, of: principal)
        let request = TextRequest(
            texts: [text],
            isList: false,
            source: job.languages.source,
            target: job.languages.target
        )
        job.languages = try await services.translation.languages(of: request)
        job.idempotencyKey = key
        job.retention = configuration.retention
        let submitted = try await submission.submit(job, characters: characters, principal)
        return Response(
            .accepted,
            json: ["status": "Translation in progress", "job_id": .string(submitted.id.text)],
            headers: [.location: "/api/v1/translations/" + submitted.id.text]
        )
    }
}

extension ServerContext {
    /// The note that the path names.
    /// - Throws: `Problem` 404 for what cannot be a note's id.
    fileprivate func noteID() throws(Problem) -> NoteID {
        let text = pathParameter("id")
        guard let id = NoteID(text) else { throw .notFound("There is no note '\(text.shortened)'.") }
        return id
    }
}

extension Request {
    /// The revision in `If-Match`: what the client saw.
    /// - Throws: `Problem` 400 for what was never an `ETag` of a note.
    fileprivate func expectedRevision() throws(Problem) -> Int64? {
        guard let tag = headers[.ifMatch], tag != "*" else { return nil }
        let digits = tag.hasPrefix("\"") && tag.hasSuffix("\"") ? tag.dropFirst().dropLast() : ""
        guard let revision = Int64(digits) else {
            throw .malformed("'If-Match' is '\(tag.shortened)', expected the 'ETag' of the note.", field: "If-Match")
        }
        return revision
    }
}

extension Note {
    /// Of the text and its translations.
    fileprivate var textBytes: Int {
        translations.values.reduce(originalText.utf8.count) { $0 + $1.text.utf8.count }
    }

    fileprivate var headers: HTTPFields { [.eTag: "\"\(revision)\""] }

    fileprivate var json: JSONValue {
        let translations = translations.sorted { $0.key < $1.key }.map { language, translation in
            let object: JSONValue = [
                "text": .string(translation.text),
                "job_id": .string(translation.jobID),
                "updated_at": .string(translation.updatedAt.rfc3339),
                "stale": .bool(isStale(translation)),
            ]
            return (language, object)
        }
        return [
            "id": .string(id.text),
            "title": .string(title),
            "original_text": .string(originalText),
            "original_language": .string(originalLanguage),
            "translated_text": .optional(translatedText),
            "translated_language": .optional(translatedLanguage),
            "translations": .object(JSONObject(translations)),
            "created_at": .string(createdAt.rfc3339),
            "updated_at": .string(updatedAt.rfc3339),
            "revision": .integer(revision),
        ]
    }
}
