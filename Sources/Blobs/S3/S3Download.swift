internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// A blob that comes from the store: which bytes of which version, and the answer that begins to bring them.
final class S3Download: Sendable {
    /// As the store names it, so that a reading that is taken up again goes on with the same content.
    let entityTag: String?
    let size: Int
    let range: Range<Int>

    private let client: S3Client
    private let name: BlobName
    private let response: Mutex<HTTPClientResponse?>

    /// Asks for a blob.
    /// - Parameter range: not empty; nil for all.
    /// - Returns: nil where the range lies beyond the blob's end.
    /// - Throws: `.notFound`, `.denied`, `.unavailable`.
    static func begin(_ name: BlobName, _ range: Range<Int>?, _ client: S3Client) async throws -> S3Download? {
        let request = request(name, range, entityTag: nil, client)
        do {
            return try await client.retrying(request.action) {
                try S3Download(name, range, try await client.open(request), client)
            }
        } catch let error as BlobError where (error.cause as? S3Refusal)?.status == 416 {
            return nil
        }
    }

    private static func request(
        _ name: BlobName,
        _ range: Range<Int>?,
        entityTag: String?,
        _ client: S3Client
    ) -> S3Request {
        var headers: [S3Request.Item] = []
        if let range {
            let last = range.upperBound == .max ? "" : "\(range.upperBound - 1)"
            headers.append(.init("range", "bytes=\(range.lowerBound)-\(last)"))
        }
        if let entityTag { headers.append(.init("if-match", entityTag)) }
        let key = client.configuration.location.key(name)
        return S3Request(method: .GET, key: key, headers: headers, action: "read '\(name)'")
    }

    private init(_ name: BlobName, _ asked: Range<Int>?, _ response: HTTPClientResponse, _ client: S3Client) throws {
        let part = try ContentPart(response, isPart: asked != nil, action: "read '\(name)'")
        guard part.range == (asked ?? 0..<part.size).clamped(to: 0..<part.size) else {
            throw S3Answer.garbage("read '\(name)'", "brings other bytes than were asked for")
        }
        // A weak tag may stay the same over changes of bytes.
        entityTag = response.headers.first(name: "ETag").flatMap { $0.hasPrefix("\"") ? $0 : nil }
        (size, range) = (part.size, part.range)
        (self.client, self.name) = (client, name)
        self.response = Mutex(response)
    }

    /// The answer's body, once: a second reader has to ask again.
    fileprivate func firstBody() -> HTTPClientResponse.Body? {
        response.withLock { response in
            defer { response = nil }
            return response?.body
        }
    }

    /// Asks for the bytes from `place` on of the same version.
    fileprivate func resumedBody(from place: Int) async throws -> HTTPClientResponse.Body {
        let rest = place..<range.upperBound
        let action = "read '\(name)'"
        guard let entityTag else {
            throw BlobError(
                .unavailable,
                "Cannot \(action) further: the object store does not name the blob's version."
            )
        }
        do {
            let response = try await client.open(Self.request(name, rest, entityTag: entityTag, client))
            let part = try ContentPart(response, isPart: true, action: action)
            guard part.range == rest, part.size == size else {
                throw S3Answer.garbage(action, "brings other bytes than were asked for")
            }
            return response.body
        } catch let error as BlobError where [404, 412, 416].contains((error.cause as? S3Refusal)?.status) {
            throw BlobError(
                .unavailable,
                "Cannot \(action) further: it was replaced or removed meanwhile.",
                cause: error
            )
        }
    }

    func makeReader() -> any ChunkReader { Reader(self) }

    /// Reads on after interruptions.
    private final class Reader: ChunkReader {
        private let download: S3Download
        private var body: HTTPClientResponse.Body.AsyncIterator?
        private var place: Int
        private var fruitless = 0

        init(_ download: S3Download) {
            self.download = download
            body = download.firstBody()?.makeAsyncIterator()
            place = download.range.lowerBound
        }

        func next() async throws -> ByteBuffer? {
            let action = "read '\(download.name)'"
            while place < download.range.upperBound {
                do {
                    return try await readChunk(action)
                } catch let interruption as S3Interruption {
                    body = nil
                    fruitless += 1
                    guard fruitless < download.client.configuration.attempts else {
                        throw download.client.failure(interruption, action)
                    }
                    try await download.client.wait(after: fruitless, interruption)
                }
            }
            return nil
        }

        private func readChunk(_ action: String) async throws -> ByteBuffer {
            if body == nil { body = try await download.resumedBody(from: place).makeAsyncIterator() }
            while true {
                let chunk = try await download.client.network(action) {
                    try await body?.next(isolation: #isolation)
                }
                guard let chunk else { throw S3Interruption("the answer ended too early") }
                guard chunk.readableBytes > 0 else { continue }
                guard chunk.readableBytes <= download.range.upperBound - place else {
                    throw S3Answer.garbage(action, "brings more bytes than were asked for")
                }
                place += chunk.readableBytes
                fruitless = 0
                return chunk
            }
        }
    }
}

/// Which bytes an answer brings, and of how many.
private struct ContentPart {
    let range: Range<Int>
    let size: Int

    /// - Parameter isPart: whether a part was asked for.
    init(_ response: HTTPClientResponse, isPart: Bool, action: String) throws {
        guard isPart else {
            guard let size = Self.number(response.headers.first(name: "Content-Length")) else {
                throw S3Answer.garbage(action, "has no 'Content-Length'")
            }
            (range, self.size) = (0..<size, size)
            return
        }
        let header = response.headers.first(name: "Content-Range") ?? ""
        let words = header.split(whereSeparator: { " -/".contains($0) })
        guard response.status == .partialContent, words.count == 4, words[0] == "bytes",
            let first = Self.number(words[1]), let last = Self.number(words[2]), let size = Self.number(words[3]),
            first <= last, last < size
        else { throw S3Answer.garbage(action, "has no 'Content-Range' that fits") }
        (range, self.size) = (first..<(last + 1), size)
    }

    /// Digits alone: no sign, no space.
    private static func number(_ text: (some StringProtocol)?) -> Int? {
        guard let text, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }
}
