import DragomanClient
import Foundation
import ServerFixture
import Testing

/// The client and the server that it is made for.
@Suite(.timeLimit(.minutes(20)))
struct RealServerTests {
    @Test func everythingWorksWithTheServer() async throws {
        let server = try await RunningServer(["ENGINE": "simulated", "SIMULATED_TIME_PER_WORD": "1ms"])
        let url = try #require(URL(string: server.address))
        try await DragomanClient.withClient(.init(baseURL: url)) { client in
            try await translate(client)
            try await follow(client)
            try await keepNotes(client)
        }
    }

    private func translate(_ client: DragomanClient) async throws {
        let texts = ["Good morning.", "<b>Where</b> is the library? It is late."]
        var request = TranslationRequest(texts, from: "en", to: "es")
        request.format = .html
        let translation = try await client.translate(request, includingSegments: true)
        #expect(translation.texts.count == 2)
        #expect(translation.wordCount > 0)
        #expect(translation.segments?.map(\.isEmpty) == [false, false])
        #expect(await code { try await client.translate("", from: "en", to: "es") } == .impossible)
        let error = await #expect(throws: DragomanClientError.self) {
            try await client.translate("x", from: "en", to: "xq")
        }
        #expect(error?.code == .impossible)
        let languages = try await client.languages()
        #expect(languages.contains { $0.code == "en" && $0.targets.contains("es") })
    }

    private func follow(_ client: DragomanClient) async throws {
        var request = TranslationRequest((0..<40).map { "Sentence number \($0)." }, from: "en", to: "es")
        request.metadata = ["order": 7, "nested": ["key_name": [nil, true]]]
        request.priority = .high
        let job = try await client.submit(request, idempotencyKey: "the-key")
        #expect(try await client.submit(request, idempotencyKey: "the-key").id == job.id)
        var events: [JobEvent] = []
        for try await event in client.events(of: job.id) { events.append(event) }
        #expect(events.last?.status == .completed)
        #expect(events.map(\.progress) == events.map(\.progress).sorted())
        let ended = try await client.waitForCompletion(of: job.id, upTo: .seconds(60))
        #expect(ended.result?.texts.count == 40)
        #expect(ended.metadata == request.metadata)
        #expect(ended.priority == .high)
        #expect(try await client.jobs(status: .completed).items.contains { $0.id == job.id })
        #expect(await code { try await client.cancel(job.id) } == .conflict)
        #expect(await code { try await client.retry(job.id) } == .conflict)
        try await client.erase(job.id)
        #expect(await code { try await client.status(of: job.id) } == .notFound)
        #expect(await code { for try await _ in client.events(of: job.id) {} } == .notFound)
        try await cancelLongJob(client)
    }

    private func cancelLongJob(_ client: DragomanClient) async throws {
        // Half a minute of work.
        let texts = (0..<1000).map { part in
            (0..<10).map { "Sentence \(part * 10 + $0)." }.joined(separator: " ")
        }
        let job = try await client.submit(TranslationRequest(texts, from: "en", to: "es"))
        #expect(try await client.cancel(job.id).status == .cancelled)
        #expect(try await client.cancel(job.id).status == .cancelled)
        #expect(await code { try await client.waitForCompletion(of: job.id) } == .jobCancelled)
    }

    private func keepNotes(_ client: DragomanClient) async throws {
        let note = try await client.createNote(title: "Greeting", text: "Good morning.", language: "en")
        let changed = try await client.updateNote(note.id, title: "Hello", ifAt: note.revision)
        #expect(changed.title == "Hello")
        #expect(await code { try await client.updateNote(note.id, title: "x", ifAt: note.revision) } == .conflict)
        let job = try await client.translateNote(note.id, to: "es")
        _ = try await client.waitForCompletion(of: job)
        let translated = try await client.note(note.id)
        #expect(translated.translations["es"]?.text.isEmpty == false)
        #expect(try await client.notes().items.map(\.id) == [note.id])
        try await client.deleteNote(note.id)
        #expect(await code { try await client.note(note.id) } == .notFound)
    }
}
