import Foundation
import Identity
import NIOHTTP1
import Testing
import TranslationService
import WebServer

/// The web app's files, as browsers get them.
struct WebAppTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/WebServer/Web").path

    /// The files in `Web`, by their paths in it.
    private static func files() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.contains(".") }
    }

    /// What is sent of a file: modules come without comments and indentation, line by line.
    private static func served(_ text: String, of file: String) -> String {
        guard file.hasSuffix(".js") else { return text }
        return text.components(separatedBy: "\n").map { line in
            let code = line.trimmingCharacters(in: .whitespaces)
            return code.starts(with: #/\/\*|\*|\/\//#) ? "" : code
        }.joined(separator: "\n")
    }

    @Test func everyFileIsServed() async throws {
        let types = ["html": "text/html", "css": "text/css", "js": "text/javascript"]
        let files = try Self.files()
        #expect(files.count > 40)
        try await WebWorld.with { world in
            for file in files {
                let page = ["index.html": "/", "docs.html": "/docs"][file]
                let answer = try await world.client.get(page ?? "/assets/\(file)")
                let expected = try #require(FileManager.default.contents(atPath: Self.folder + "/" + file))
                #expect(answer.status == 200, "\(file)")
                #expect(answer.text == Self.served(String(decoding: expected, as: UTF8.self), of: file), "\(file)")
                let type = try #require(types[(file as NSString).pathExtension])
                #expect(answer.header("content-type") == type + "; charset=utf-8", "\(file)")
                #expect(answer.header("cache-control") == "no-cache", "\(file)")
            }
        }
    }

    @Test func aFileThatTheBrowserHasIsNotSentAgain() async throws {
        try await WebWorld.with { world in
            let first = try await world.client.get("/assets/shell/app.js")
            let tag = try #require(first.header("etag"))
            for known in [tag, "W/\"other\", \(tag)"] {
                let again = try await world.client.get("/assets/shell/app.js", ["If-None-Match": known])
                #expect(again.status == 304 && again.body.isEmpty && again.header("etag") == tag)
            }
            let other = try await world.client.get("/", ["If-None-Match": tag])
            let missing = try await world.client.get("/assets/shell/missing.js")
            #expect(other.status == 200 && missing.status == 404)
        }
    }

    @Test func nobodyNeedsCredentialsForThePageThatAsksForThem() async throws {
        try await WebWorld.with(.accounts) { world in
            for path in ["/", "/docs", "/assets/shell/app.js", "/assets/styles/base.css"] {
                let answer = try await world.client.get(path)
                #expect(answer.status == 200, "\(path)")
            }
        }
    }
}

/// `/auth/methods`, from which the web app learns what to ask for.
struct SignInMethodsTests {
    @Test(arguments: [(false, false), (true, false), (true, true)])
    func whatIsNeededIsTold(_ hasAccounts: Bool, _ allowsSignUp: Bool) async throws {
        var options = hasAccounts ? WebWorld.Options.accounts : WebWorld.Options()
        options.identity.allowsSignUp = allowsSignUp
        try await WebWorld.with(options) { world in
            let methods = try await world.client.get("/auth/methods").object()
            #expect(methods["credentials_required"] == .bool(hasAccounts))
            #expect(methods["signup"] == .bool(allowsSignUp))
        }
    }

    @Test func theLengthThatIsToldIsTheLowerOfTierAndEngine() async throws {
        var options = WebWorld.Options()
        options.translation.jobCharacters = 1234
        try await WebWorld.with(options) { world in
            guard case .object(let limits) = try await world.client.get("/auth/me").object()["limits"] else {
                Issue.record("There are no limits.")
                return
            }
            #expect(limits["characters_per_request"] == 1234)
        }
    }
}
