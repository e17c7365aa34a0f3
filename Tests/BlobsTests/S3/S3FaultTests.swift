import Blobs
import Environment
import NIOCore
import NIOHTTP1
import Testing

/// A store against a server that does what servers should not.
@Suite struct S3FaultTests {
    typealias Reply = ScriptedServer.Reply

    private let name: BlobName

    init() throws { name = try BlobName("a/b") }

    // MARK: Requests

    @Test func aRequestIsSignedAndNamesItsBucketInThePath() async throws {
        try await withScriptedStore({ $0.region = "eu-central-1" }, script: { _, _ in Reply() }) {
            store,
            server async throws in
            try await store.write(name, ByteBuffer(string: "Welcome to Amazon S3."))
            let request = try #require(server.requests.first)
            #expect(request.method == .PUT && request.uri == "/bucket/Pre/a/b")
            #expect(request.headers.first(name: "Host") == "127.0.0.1:\(server.port)")
            #expect(request.headers.first(name: "Content-Length") == "21")
            let hash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
            #expect(request.headers.first(name: "x-amz-content-sha256") == hash)
            let authorization = try #require(request.headers.first(name: "Authorization"))
            #expect(authorization.hasPrefix("AWS4-HMAC-SHA256 Credential=KEY/"))
            #expect(
                authorization.contains(
                    "/eu-central-1/s3/aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,"
                )
            )
            #expect(String(buffer: request.body) == "Welcome to Amazon S3.")
        }
    }

    @Test func aSessionTokenIsSentAndSigned() async throws {
        let change: (inout S3Configuration) throws -> Void = { configuration in
            configuration.credentials = try S3Credentials(accessKey: "KEY", secretKey: "hush", sessionToken: "token/+=")
        }
        try await withScriptedStore(change, script: { _, _ in Reply() }) { store, server async throws in
            try await store.remove(name)
            let request = try #require(server.requests.first)
            #expect(request.method == .DELETE && request.uri == "/bucket/Pre/a/b")
            #expect(request.headers.first(name: "x-amz-security-token") == "token/+=")
            #expect(request.headers.first(name: "Authorization")?.contains("x-amz-date;x-amz-security-token,") == true)
        }
    }

    // MARK: Trying again

    private static let passing: [Reply] = [
        .error("InternalError", status: 500), .error("SlowDown", status: 503), .error("", status: 502),
        .error("RequestTimeout", status: 400), Reply(status: 504), Reply(status: 429), .way(.close),
        .way(.cut(after: 1), "abc"),
        .way(.raw, "garbage\r\n\r\n"), .way(.raw, "HTTP/1.1 2000 x\r\n\r\n"),
    ]

    @Test(arguments: passing.indices)
    func whatMayPassIsTriedAgain(_ index: Int) async throws {
        let waits = Waits()
        let script: ScriptedServer.Script = { _, number in number < 2 ? Self.passing[index] : Reply() }
        try await withScriptedStore(waits: waits, script: script) { store, server async throws in
            try await store.write(name, sampleBytes(200_000))
            #expect(server.requests.map(\.body.readableBytes) == [200_000, 200_000, 200_000])
            let waits = waits.all
            try #require(waits.count == 2)
            #expect(waits[0] >= .milliseconds(100) && waits[0] <= .milliseconds(200))
            #expect(waits[1] >= .milliseconds(200) && waits[1] <= .milliseconds(400))
        }
    }

    @Test func theWaitThatAServerAsksForIsKeptWithinBounds() async throws {
        let waits = Waits()
        let script: ScriptedServer.Script = { _, number in
            number < 2 ? Reply(status: 503, headers: ["Retry-After": number == 0 ? "3" : "86400"]) : Reply()
        }
        try await withScriptedStore(waits: waits, script: script) { store, _ async throws in
            try await store.remove(name)
            #expect(waits.all == [.seconds(3), .seconds(10)])
        }
    }

    @Test(arguments: passing.indices)
    func afterTheLastAttemptTheReasonIsSaid(_ index: Int) async throws {
        try await withScriptedStore(script: { _, _ in Self.passing[index] }) { store, server async throws in
            let error = await failure { try await store.write(name, sampleBytes(10)) }
            #expect(error?.code == .unavailable && error?.message.contains("after 3 attempts") == true)
            #expect(server.requests.count == 3)
        }
    }

    @Test func aServerThatIsNotThereIsSaidSo() async throws {
        let port = try await ScriptedServer.run({ _, _ in Reply() }, { $0.port })
        let change: (inout S3Configuration) throws -> Void = {
            $0.endpoint = try S3Endpoint("http://127.0.0.1:\(port)")
        }
        try await withScriptedStore(change, script: { _, _ in Reply() }) { store, _ async throws in
            let error = await failure { _ = try await store.size(name) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("'http://127.0.0.1:\(port)' cannot be used: connection refused") == true)
        }
    }

    /// What the server does, the longest silence and the longest exchange in seconds, and the words.
    private static let silences: [(Reply, Int, Int, String)] = [
        (.way(.stall(after: 0), "abc"), 1, 60, "nothing came for 1.0 s"),
        (.way(.stall(after: 1), "abc"), 1, 60, "nothing came for 1.0 s"),
        (.way(.trickle(.milliseconds(50)), " "), 60, 2, "no answer within 2.0 s"),
    ]

    @Test(arguments: silences.indices)
    func aServerThatKeepsSilentOrNearlySoIsGivenUp(_ index: Int) async throws {
        let (reply, silence, exchange, words) = Self.silences[index]
        let change: (inout S3Configuration) throws -> Void = {
            $0.silence = .seconds(silence)
            $0.exchangeTime = .seconds(exchange)
            $0.attempts = 1
        }
        try await withScriptedStore(change, script: { _, _ in reply }) { store, _ async throws in
            let error = await failure { _ = try await store.list(.all, after: nil, limit: 1) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
    }

    // MARK: Refusals

    private static let refusals: [(Reply, BlobError.Code, String)] = [
        (.error("InvalidAccessKeyId", status: 403), .denied, "does not know the access key 'KEY'"),
        (.error("SignatureDoesNotMatch", status: 403), .denied, "expected the secret key of 'KEY'"),
        (.error("ExpiredToken", status: 400), .denied, "has expired"),
        (.error("RequestTimeTooSkewed", status: 403), .denied, "clock"),
        (.error("AccessDenied", status: 403), .denied, "may not do that in 's3://bucket/Pre/'"),
        (.error("NoSuchBucket", status: 404), .unavailable, "there is no bucket 'bucket'"),
        (.error("AuthorizationHeaderMalformed", status: 400), .denied, "not in the region 'us-east-1'"),
        (Reply(status: 301, headers: ["x-amz-bucket-region": "eu-west-3"]), .denied, "expected 'eu-west-3'"),
        (Reply(status: 307, headers: ["Location": "http://127.0.0.1:1/"]), .denied, "not in the region"),
        (.error("EntityTooLarge", status: 400), .tooLarge, "no blob of that size"),
        (.error("XMinioStorageFull", status: 507), .full, "full"),
        (.error("Strange\u{1B}[31m", status: 418), .unavailable, "418 (Strange\u{FFFD}[31m: Because.)"),
        (Reply(status: 403, body: ByteBuffer(repeating: 0xFF, count: 1000)), .denied, "403"),
        (
            Reply(status: 403, body: ByteBuffer(repeating: 0x20, count: 2 << 20)), .unavailable,
            "more than 1048576 bytes"
        ),
    ]

    @Test(arguments: refusals.indices)
    func aRefusalIsWordedAndNotTriedAgain(_ index: Int) async throws {
        let (reply, code, words) = Self.refusals[index]
        try await withScriptedStore(script: { _, _ in reply }) { store, server async throws in
            let error = await failure { try await store.write(name, sampleBytes(10)) }
            #expect(error?.code == code)
            let message = error?.message ?? ""
            #expect(
                message.hasPrefix("Cannot write 'a/b': ") && message.contains(words) && !message.contains("hush"),
                "\(message)"
            )
            #expect(server.requests.count == 1)
        }
    }

    // MARK: Answers that are none

    @Test(arguments: [
        "", "garbage", "<html/>", "<ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<ListBucketResult><Contents><Key>Pre/a</Key></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>Pre/a</Key><Size>-1</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>Pre/a</Key><Size>99999999999999999999</Size></Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
        "<ListBucketResult>" + String(repeating: "<Contents><Key>Pre/a</Key><Size>1</Size></Contents>", count: 2)
            + "</ListBucketResult>",
        """
        <ListBucketResult><Contents><Key>Pre/b</Key><Size>1</Size></Contents><Contents><Key>Pre/a</Key><Size>1</Size>\
        </Contents></ListBucketResult>
        """,
        """
        <ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>a b</NextContinuationToken>\
        </ListBucketResult>
        """,
        """
        <ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>same</NextContinuationToken>\
        </ListBucketResult>
        """,
    ])
    func aListingThatIsNoneIsRefused(_ text: String) async throws {
        try await withScriptedStore(script: { _, _ in .xml(text) }) { store, server async throws in
            let error = await failure { _ = try await store.list(.all, after: try BlobCursor("same"), limit: 10) }
            #expect(error?.code == .unavailable && error?.message.contains("S3-compatible") == true)
            #expect(server.requests.count == 1)
        }
    }

    @Test func aListingWithoutEndIsRefused() async throws {
        let body = ByteBuffer(repeating: 0x20, count: 9 << 20)
        try await withScriptedStore(script: { _, _ in Reply(body: body) }) { store, _ async throws in
            let error = await failure { _ = try await store.list(.all, after: nil, limit: 10) }
            #expect(error?.code == .unavailable && error?.message.contains("more than 8388608 bytes") == true)
        }
    }

    @Test func objectsWithOtherNamesAreLeftOut() async throws {
        let keys = ["Pre/%00", "Pre/A", "Pre/a%2Fb", "Pre/a+b", "Pre/b/", "Pre/c", "Prefix/d", "other"]
        let objects = keys.map { "<Contents><Key>\($0)</Key><Size>7</Size></Contents>" }.joined()
        try await withScriptedStore(script: { _, _ in .xml("<ListBucketResult>\(objects)</ListBucketResult>") }) {
            store,
            _ async throws in
            let page = try await store.list(.all, after: nil, limit: 10)
            #expect(page.entries.map(\.name.description) == ["a/b", "c"] && page.next == nil)
        }
    }

    // MARK: What uploads leave

    @Test func leftoversAreFoundOverPagesAndOnlyTheOldOnesOfThisStoreRemoved() async throws {
        func upload(_ key: String, _ id: String, _ time: String) -> String {
            "<Upload><Key>\(key)</Key><UploadId>\(id)</UploadId><Initiated>\(time)</Initiated></Upload>"
        }
        let pages = [
            upload("Pre/a", "1", "2026-01-01T00:00:00.000Z") + upload("Prefix/a", "2", "2026-01-01T00:00:00Z")
                + "<IsTruncated>true</IsTruncated><NextKeyMarker>Pre/a</NextKeyMarker>"
                + "<NextUploadIdMarker>id/1</NextUploadIdMarker>",
            upload("Pre/b", "3", "2026-01-03T00:00:00Z") + upload("Pre/c", "4", "2026-01-02T00:00:00.000Z"),
        ]
        let script: ScriptedServer.Script = { request, number in
            guard request.method == .GET else { return Reply(status: 204) }
            return .xml("<ListMultipartUploadsResult>\(pages[min(number, 1)])</ListMultipartUploadsResult>")
        }
        try await withScriptedStore(script: script) { store, server async throws in
            // 2026-01-02 00:00:01 UTC.
            let time = Timestamp(microseconds: 1_767_312_001_000_000)
            #expect(try await store.removeLeftovers(before: time) == 2)
            let uris = server.requests.map(\.uri)
            #expect(uris[1].contains("key-marker=Pre%2Fa&") && uris[1].contains("upload-id-marker=id%2F1&"))
            #expect(uris.dropFirst(2) == ["/bucket/Pre/a?uploadId=1", "/bucket/Pre/c?uploadId=4"])
        }
    }

    @Test(arguments: [
        "", "<ListMultipartUploadsResult><Upload><Key>Pre/a</Key></Upload></ListMultipartUploadsResult>",
        "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>",
        """
        <ListMultipartUploadsResult><Upload><Key>Pre/a</Key><UploadId>1</UploadId><Initiated>yesterday</Initiated>\
        </Upload></ListMultipartUploadsResult>
        """,
    ])
    func aListOfUploadsThatIsNoneIsRefused(_ text: String) async throws {
        try await withScriptedStore(script: { _, _ in .xml(text) }) { store, server async throws in
            let error = await failure { _ = try await store.removeLeftovers(before: .now()) }
            #expect(error?.code == .unavailable && server.requests.count == 1)
        }
    }
}
