internal import AsyncHTTPClient
internal import Crypto
internal import Environment
internal import NIOCore
internal import NIOHTTP1

/// The body of a request, in memory, and its checksum.
struct S3Payload: Sendable {
    let bytes: ByteBuffer
    /// SHA-256 in hexadecimal digits.
    let hash: String

    static let empty = S3Payload(ByteBuffer())

    init(_ bytes: ByteBuffer) {
        self.bytes = bytes
        hash = bytes.withUnsafeReadableBytes { SHA256.hash(data: $0) }.hexadecimal
    }

    /// For the HTTP client. In pieces, each taken when the one before has gone out: the client takes the end of the
    /// body as the moment from which to wait for an answer.
    var body: HTTPClientRequest.Body {
        bytes.readableBytes == 0
            ? .bytes(bytes) : .stream(Pieces(bytes: bytes), length: .known(Int64(bytes.readableBytes)))
    }

    private struct Pieces: AsyncSequence, Sendable {
        static let size = 64 << 10
        let bytes: ByteBuffer

        struct AsyncIterator: AsyncIteratorProtocol {
            var rest: ByteBuffer

            mutating func next() async -> ByteBuffer? {
                rest.readableBytes == 0 ? nil : rest.readSlice(length: Swift.min(rest.readableBytes, Pieces.size))
            }
        }

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: bytes) }
    }
}

/// A request to an object store, not yet signed.
struct S3Request: Sendable {
    struct Item: Sendable {
        let name: String
        let value: String

        init(_ name: String, _ value: String = "") { (self.name, self.value) = (name, value) }
    }

    var method: HTTPMethod
    /// Nil asks for the bucket itself.
    var key: String?
    var query: [Item] = []
    var headers: [Item] = []
    var payload = S3Payload.empty
    /// What it is for, to complete "Cannot …", such as "write 'x'".
    var action: String
    /// Most bytes that are taken of an answer that is not streamed.
    var answerLimit = 1 << 20

    /// The request as it goes over the line.
    func signed(_ configuration: S3Configuration, at time: Timestamp) -> HTTPClientRequest {
        let address = S3Address(configuration, key: key)
        var signed: [(name: String, value: String)] = headers.map { ($0.name, $0.value) }
        signed += [
            ("host", address.authority), ("x-amz-content-sha256", payload.hash), ("x-amz-date", time.compactTime),
        ]
        if let token = configuration.credentials.sessionToken { signed.append(("x-amz-security-token", token)) }
        let signature = S3Signature(
            method: method.rawValue,
            path: address.path,
            query: query.sorted { $0.name < $1.name }
                .map { S3Signature.encode($0.name) + "=" + S3Signature.encode($0.value) }.joined(separator: "&"),
            headers: signed,
            payloadHash: payload.hash,
            time: time,
            region: configuration.region
        )
        var request = HTTPClientRequest(url: address.url(query: signature.query))
        request.method = method
        request.headers = HTTPHeaders(signed)
        request.headers.add(name: "authorization", value: signature.authorization(configuration.credentials))
        request.headers.add(name: "user-agent", value: "dragoman")
        if [.PUT, .POST].contains(method) { request.body = payload.body }
        return request
    }
}

/// An answer that says that a request was carried out.
struct S3Answer: Sendable {
    let headers: HTTPHeaders
    let body: ByteBuffer

    /// The body's root element.
    /// - Throws: `.unavailable` for anything but an element of that name.
    func element(_ name: String, for request: S3Request) throws -> MarkupElement {
        do {
            let root = try MarkupParser.parse(body.readableBytesView)
            if root.name == name { return root }
            throw MarkupFailure("is '\(PlainText(root.name))', expected '\(name)'")
        } catch let failure as MarkupFailure {
            throw S3Answer.garbage(request.action, failure.reason)
        }
    }

    /// For what no object store answers.
    static func garbage(_ action: String, _ reason: String) -> BlobError {
        BlobError(.unavailable, "Cannot \(action): the answer \(reason); is this an S3-compatible object store?")
    }
}
