internal import NIOHTTP1

extension DragomanClient {
    private static let notes = ["api", "v1", "notes"]

    /// Keeps a text. The call is not repeated by itself, since a repetition would keep it twice.
    public func createNote(title: String, text: String, language: String) async throws -> Note {
        var call = Call(.POST, Self.notes, isRepeatable: false)
        try call.setBody(["title": title, "original_text": text, "original_language": language])
        return try await transport.send(call)
    }

    /// A note.
    public func note(_ id: String) async throws -> Note { try await transport.send(Call(.GET, Self.notes + [id])) }

    /// A page of one's own notes, newest first.
    ///
    /// - Parameter cursor: ``Page/nextCursor`` of the page before; `nil` for the first one.
    public func notes(limit: Int = 50, cursor: String? = nil) async throws -> Page<Note> {
        var call = Call(.GET, Self.notes)
        call.query = [("limit", String(limit))]
        if let cursor { call.query.append(("cursor", cursor)) }
        return try await transport.send(call)
    }

    /// Changes a note; what is `nil` stays as it is.
    ///
    /// - Parameter revision: the ``Note/revision`` that the change is meant for; `nil` for whichever there is.
    /// - Throws: ``DragomanClientError/Code/conflict`` if somebody else has changed it since.
    public func updateNote(
        _ id: String,
        title: String? = nil,
        text: String? = nil,
        language: String? = nil,
        ifAt revision: Int64? = nil
    ) async throws -> Note {
        var call = Call(.PATCH, Self.notes + [id])
        let changes = ["title": title, "original_text": text, "original_language": language]
        try call.setBody(changes.compactMapValues { $0 })
        if let revision { call.headers.add(name: "If-Match", value: "\"\(revision)\"") }
        return try await transport.send(call)
    }

    /// Removes a note with its translations.
    public func deleteNote(_ id: String) async throws {
        try await transport.send(Call(.DELETE, Self.notes + [id], isRepeatable: false))
    }

    /// Has a note translated. Once the job has ended, the note carries the translation.
    ///
    /// - Returns: the job's name.
    public func translateNote(_ id: String, to target: String) async throws -> String {
        struct Answer: Decodable {
            var job: String
            enum CodingKeys: String, CodingKey { case job = "job_id" }
        }
        // Each repetition finds the job of the first one.
        var call = Call(.POST, Self.notes + [id, "translate"], isRepeatable: true)
        call.headers.add(name: "Idempotency-Key", value: transport.makeKey())
        try call.setBody(["target_language": target])
        return try await transport.send(call, as: Answer.self).job
    }
}
