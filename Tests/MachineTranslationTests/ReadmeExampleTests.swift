import Foundation
import Testing

/// The program in the README is the one that is compiled here.
struct ReadmeExampleTests {
    @Test func example_translates() async throws {
        let text = try await spanish(for: "Hello, world!", models: Repository.path("Models"))
        #expect(!text.isEmpty)
        #expect(text != "Hello, world!")
    }

    @Test func readme_containsTheExample() throws {
        let file = "Tests/MachineTranslationTests/ReadmeExample.swift"
        let source = try String(contentsOfFile: Repository.path(file), encoding: .utf8)
        let start = try #require(source.range(of: "// README begin\n")).upperBound
        let end = try #require(source.range(of: "// README end")).lowerBound
        let readme = try String(contentsOfFile: Repository.path("README.md"), encoding: .utf8)
        #expect(readme.contains("```swift\n\(source[start..<end])```"))
    }
}
