import Foundation
import Testing

/// The example of the documentation.
struct ExampleTests {
    @Test func exampleTranslatesALetter() async throws {
        try await ScriptedServer.with(
            { request, _ in
                switch request.uri {
                case "/base/api/v1/translate": .ok(Samples.translated)
                case "/base/api/v1/translations": .json(202, Samples.accepted)
                case "/base/ws/job/trans_1": .socket([.text(Samples.event("COMPLETED", 100)), .close(1000)])
                default: .ok(Samples.completed)
                }
            }
        ) { server in
            let url = server.url.appending(path: "base/")
            let translation = try await translateLetter("Dear …", server: url, key: "k")
            #expect(translation == "Hola")
        }
    }

    @Test func documentationShowsTheExampleThatIsCompiled() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let example = try String(contentsOf: tests.appending(path: "Example.swift"), encoding: .utf8)
        let page = tests.appending(path: "../../Sources/DragomanClient/DragomanClient.docc/DragomanClient.md")
        #expect(try String(contentsOf: page, encoding: .utf8).contains("```swift\n\(example)```"))
    }
}
