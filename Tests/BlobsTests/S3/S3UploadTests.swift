import Blobs
import Environment
import NIOCore
import NIOHTTP1
import Testing

/// Uploads in parts to a server that does what servers should not.
@Suite struct S3UploadTests {
    private typealias Reply = ScriptedServer.Reply

    private static let bytes = sampleBytes(12 << 20)
    private let name: BlobName

    init() throws { name = try BlobName("a/b") }

    private func upload(
        _ script: UploadScript,
        _ end: Pieces.End = .regular,
        _ change: (inout S3Configuration) throws -> Void = { _ in }
    ) async throws -> BlobError? {
        var result: BlobError?
        try await withScriptedStore(change, script: { request, _ in script.answer(request) }) { store, _ async throws in
            result = await failure { try await store.write(name, Pieces(bytes: Self.bytes, end: end), limit: .max) }
        }
        return result
    }

    @Test func partsAreSentAndNamedInOrder() async throws {
        let script = UploadScript()
        try await withScriptedStore(script: { request, _ in script.answer(request) }) { store, server async throws in
            try await store.write(name, Pieces(bytes: Self.bytes), limit: .max)
            let requests = server.requests
            #expect(Set(script.steps) == [.begin, .part(1), .part(2), .part(3), .complete])
            #expect(script.steps.first == .begin && script.steps.last == .complete && script.steps.count == 5)
            #expect(requests.dropFirst().allSatisfy { $0.uri.contains("uploadId=id%2F%2B") })
            let parts = requests.filter { $0.method == .PUT }.sorted { $0.uri < $1.uri }
            #expect(parts.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1.body) } == Self.bytes)
            let list = try MarkupParser.parse(try #require(requests.last).body.readableBytesView)
            #expect(list.all("Part").map { $0["PartNumber"] } == ["1", "2", "3"])
            #expect(list.all("Part").map { $0["ETag"] } == ["\"<1>\"", "\"<2>\"", "\"<3>\""])
        }
    }

    @Test func aPartThatFailsOnceIsSentAgain() async throws {
        let script = UploadScript { step, count in
            step == .part(2) && count == 0 ? .error("SlowDown", status: 503) : nil
        }
        #expect(try await upload(script) == nil)
        #expect(script.steps.count { $0 == .part(2) } == 2)
        #expect(!script.steps.contains(.abort))
    }

    @Test(arguments: [UploadScript.Step.part(1), .part(3), .complete])
    func aStepThatKeepsFailingEndsTheUpload(_ step: UploadScript.Step) async throws {
        let script = UploadScript { asked, _ in asked == step ? .error("InternalError", status: 500) : nil }
        let error = try await upload(script)
        #expect(error?.code == .unavailable && error?.message.contains("InternalError") == true)
        #expect(script.steps.contains(.abort))
    }

    @Test(arguments: [UploadScript.Step.begin, .part(1), .complete])
    func aStepThatIsRefusedIsNotTriedAgain(_ step: UploadScript.Step) async throws {
        let script = UploadScript { asked, _ in asked == step ? .error("AccessDenied", status: 403) : nil }
        #expect(try await upload(script)?.code == .denied)
        #expect(script.steps.count { $0 == step } == 1)
        #expect(script.steps.contains(.abort) == (step != .begin))
    }

    @Test func anUploadThatCannotBeForgottenStillSaysWhatWentWrongFirst() async throws {
        let script = UploadScript { step, _ in
            switch step {
            case .part: .error("AccessDenied", status: 403)
            case .abort: .error("InternalError", status: 500)
            default: nil
            }
        }
        #expect(try await upload(script)?.code == .denied)
        #expect(script.steps.count { $0 == .abort } == 2)
    }

    @Test func aServerThatDoesNotAnswerToAPartIsGivenUp() async throws {
        let script = UploadScript { step, _ in step == .part(2) ? .way(.stall(after: 0), "x") : nil }
        let change: (inout S3Configuration) throws -> Void = { ($0.attempts, $0.silence) = (1, .seconds(3)) }
        #expect(try await upload(script, .regular, change)?.code == .unavailable)
        #expect(script.steps.contains(.abort))
    }

    // MARK: The end

    @Test func anEndWhoseAnswerIsLostIsRecognisedAsDone() async throws {
        let script = UploadScript { step, count in step == .complete && count == 0 ? .way(.close) : nil }
        #expect(try await upload(script) == nil)
        #expect(script.steps.suffix(3) == [.complete, .complete, .head])
    }

    @Test func anEndWhoseAnswerIsLostAndWhoseBlobIsAnothersIsAnError() async throws {
        let script = UploadScript { step, count in
            switch step {
            case .complete: count == 0 ? .way(.close) : nil
            case .head: Reply(headers: ["x-amz-meta-dragoman-upload": "another"])
            default: nil
            }
        }
        let error = try await upload(script)
        #expect(error?.code == .unavailable && error?.message.contains("forgotten") == true)
    }

    @Test func anEndThatFailsAfterItsHeadIsTriedAgain() async throws {
        let script = UploadScript { step, count in
            // A status of success that is none.
            step == .complete && count == 0 ? .xml("<Error><Code>InternalError</Code></Error>", status: 200) : nil
        }
        // The script has put the parts together all the same; the mark tells.
        #expect(try await upload(script) == nil)
    }

    @Test func anEndThatIsRefusedAfterItsHeadIsAnError() async throws {
        let script = UploadScript { step, _ in
            step == .complete ? .xml("<Error><Code>AccessDenied</Code></Error>", status: 200) : nil
        }
        #expect(try await upload(script)?.code == .denied)
        #expect(script.steps.contains(.abort))
    }

    @Test(arguments: [
        (UploadScript.Step.begin, ""), (.begin, "<InitiateMultipartUploadResult/>"), (.part(1), ""),
        (.complete, "<html/>"),
        (.complete, ""),
    ])
    func anAnswerThatIsNoneIsRefused(_ step: UploadScript.Step, text: String) async throws {
        let script = UploadScript { asked, _ in asked == step ? .xml(text) : nil }
        let error = try await upload(script)
        #expect(error?.code == .unavailable && error?.message.contains("S3-compatible") == true)
    }

    // MARK: Cancellation

    @Test func aCancelledUploadIsForgotten() async throws {
        let script = UploadScript()
        try await withScriptedStore(script: { request, _ in script.answer(request) }) { store, _ async throws in
            let reached = Signal()
            let write = Task { [name] in
                try await store.write(name, Pieces(bytes: Self.bytes, end: .cancellation(reached)), limit: .max)
            }
            await reached.wait(after: 0)
            write.cancel()
            await #expect(throws: CancellationError.self) { try await write.value }
            #expect(script.steps.contains(.abort) && !script.steps.contains(.complete))
        }
    }

    @Test func noMorePartsThanAllowedAreInFlight() async throws {
        // The first two parts are never answered, so that no third may come.
        let script = UploadScript { step, _ in
            if case .part(1...2) = step { .way(.stall(after: 0), "x") } else { nil }
        }
        let change: (inout S3Configuration) throws -> Void = { ($0.attempts, $0.silence) = (1, .seconds(3)) }
        _ = try await upload(script, .regular, change)
        #expect(script.steps.contains(.abort) && Set(script.steps).isSubset(of: [.begin, .part(1), .part(2), .abort]))
    }
}
