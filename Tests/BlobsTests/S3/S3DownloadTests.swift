import Blobs
import NIOCore
import NIOHTTP1
import Testing

/// Reading from a server that does what servers should not.
@Suite struct S3DownloadTests {
    private typealias Reply = ScriptedServer.Reply

    private static let bytes = sampleBytes(300_000)
    private let name: BlobName

    init() throws { name = try BlobName("a/b") }

    /// What a store answers to a request for a blob or a part of it.
    private static func answer(
        _ request: ScriptedServer.Request,
        _ way: ScriptedServer.Reply.Way = .whole,
        tag: String? = "\"1\""
    ) -> Reply {
        var reply = Reply(headers: tag.map { ["ETag": $0] } ?? [:], body: bytes, way: way)
        if let match = request.headers.first(name: "If-Match"), match != tag {
            return .error("PreconditionFailed", status: 412)
        }
        guard let range = request.headers.first(name: "Range") else { return reply }
        let ends = range.dropFirst("bytes=".count).split(separator: "-").compactMap { Int($0) }
        let last = ends.count > 1 ? ends[1] : bytes.readableBytes - 1
        reply.status = 206
        reply.headers["Content-Range"] = "bytes \(ends[0])-\(last)/\(bytes.readableBytes)"
        reply.body = bytes.getSlice(at: ends[0], length: last - ends[0] + 1) ?? ByteBuffer()
        return reply
    }

    @Test(arguments: [nil, 1000..<250_000])
    func aReadingThatIsInterruptedGoesOnWhereItStopped(_ range: Range<Int>?) async throws {
        let script: ScriptedServer.Script = { request, number in
            Self.answer(request, number < 4 ? .cut(after: 50_000) : .whole)
        }
        try await withScriptedStore(script: script) { store, server async throws in
            let content = try await store.read(name, range: range)
            let whole = range ?? 0..<300_000
            let expected = Self.bytes.getSlice(at: whole.lowerBound, length: whole.count)
            #expect(try await content.collect(upTo: .max) == expected)
            let requests = server.requests
            #expect(
                requests.count > 1 && requests.dropFirst().allSatisfy { $0.headers.first(name: "If-Match") == "\"1\"" }
            )
            #expect(requests.last?.headers.first(name: "Range")?.hasSuffix("-\(whole.upperBound - 1)") == true)
        }
    }

    @Test func aReadingThatStallsGoesOn() async throws {
        let script: ScriptedServer.Script = { request, number in
            Self.answer(request, number == 0 ? .stall(after: 100_000) : .whole)
        }
        let change: (inout S3Configuration) throws -> Void = {
            $0.silence = .seconds(2)
            $0.attempts = 10
        }
        try await withScriptedStore(change, script: script) { store, server async throws in
            #expect(try await store.read(name).collect(upTo: .max) == Self.bytes)
            #expect(server.requests.count >= 2)
        }
    }

    @Test func aReadingThatBringsNothingNewIsGivenUp() async throws {
        let waits = Waits()
        let script: ScriptedServer.Script = { request, number in
            Self.answer(request, .cut(after: number == 0 ? 1000 : 0))
        }
        try await withScriptedStore(waits: waits, script: script) { store, server async throws in
            let content = try await store.read(name)
            let error = await failure { _ = try await content.collect(upTo: .max) }
            #expect(error?.code == .unavailable && error?.message.contains("after 3 attempts") == true)
            #expect(server.requests.count == 3 && waits.all.count == 2)
        }
    }

    @Test(arguments: [
        Reply.error("PreconditionFailed", status: 412), .error("NoSuchKey", status: 404),
        .error("InvalidRange", status: 416),
    ])
    private func aBlobThatIsReplacedMeanwhileIsNotMixed(_ reply: Reply) async throws {
        let script: ScriptedServer.Script = { request, number in
            number == 0 ? Self.answer(request, .cut(after: 1000)) : reply
        }
        try await withScriptedStore(script: script) { store, _ async throws in
            let content = try await store.read(name)
            let error = await failure { _ = try await content.collect(upTo: .max) }
            #expect(error?.code == .unavailable && error?.message.contains("replaced or removed") == true)
        }
    }

    @Test(arguments: [nil, "W/\"1\""])
    func aVersionWithoutNameIsNotGoneOnWith(_ tag: String?) async throws {
        let script: ScriptedServer.Script = { request, _ in Self.answer(request, .cut(after: 1000), tag: tag) }
        try await withScriptedStore(script: script) { store, server async throws in
            let content = try await store.read(name)
            let error = await failure { _ = try await content.collect(upTo: .max) }
            #expect(error?.code == .unavailable && server.requests.count == 1)
        }
    }

    @Test(arguments: [
        [:], ["Content-Range": "bytes 0-9/300"], ["Content-Range": "bytes 10-19"], ["Content-Range": "bytes 10-30/300"],
        ["Content-Range": "bytes 10-14/300"],
        ["Content-Range": "bytes 19-10/300"], ["Content-Range": "bytes 10-19/15"], ["Content-Range": "bytes x-y/z"],
        ["Content-Range": "bytes 10-99999999999999999999/300"], ["Content-Range": "lines 10-19/300"],
    ])
    func aPartThatWasNotAskedForIsRefused(_ headers: [String: String]) async throws {
        let reply = Reply(status: 206, headers: headers, body: sampleBytes(10))
        try await withScriptedStore(script: { _, _ in reply }) { store, _ async throws in
            let error = await failure { _ = try await store.read(name, range: 10..<20) }
            #expect(error?.code == .unavailable && error?.message.contains("S3-compatible") == true)
        }
    }

    @Test func theWholeInsteadOfAPartIsRefused() async throws {
        try await withScriptedStore(script: { _, _ in Reply(body: Self.bytes) }) { store, _ async throws in
            #expect(await failure { _ = try await store.read(name, range: 10..<20) }?.code == .unavailable)
        }
    }

    @Test func aPartLargerThanItsHeadSaysIsRefused() async throws {
        let reply = Reply(status: 206, headers: ["Content-Range": "bytes 10-19/300"], body: sampleBytes(11))
        try await withScriptedStore(script: { _, _ in reply }) { store, _ async throws in
            let content = try await store.read(name, range: 10..<20)
            #expect(await failure { _ = try await content.collect(upTo: 100) }?.code == .unavailable)
        }
    }

    @Test func aReadingThatNobodyWantsGivesBackItsConnection() async throws {
        try await withScriptedStore(script: { request, _ in Self.answer(request) }) { store, server async throws in
            for _ in 0..<200 { _ = try await store.read(name) }
            #expect(try await store.read(name).collect(upTo: .max) == Self.bytes)
            #expect(server.requests.count >= 201)
        }
    }

    @Test func aSecondIterationReadsTheBlobAgain() async throws {
        try await withScriptedStore(script: { request, _ in Self.answer(request) }) { store, _ async throws in
            let content = try await store.read(name)
            for _ in 0..<2 { #expect(try await content.collect(upTo: .max) == Self.bytes) }
        }
    }
}
