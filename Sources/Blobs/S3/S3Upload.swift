internal import Environment
internal import NIOCore
internal import NIOHTTP1

/// A blob on its way to the store in parts.
struct S3Upload: Sendable {
    private let client: S3Client
    private let name: BlobName
    private let id: String
    /// Kept with the object, so that it can be recognised.
    private let mark: String

    static let markHeader = "x-amz-meta-dragoman-upload"

    private struct Part: Sendable {
        let number: Int
        let entityTag: String
    }

    /// Tells the store of the blob.
    init(_ name: BlobName, _ client: S3Client) async throws {
        (self.client, self.name) = (client, name)
        mark = String(client.environment.random(), radix: 16)
        var request = Self.request(.POST, name, client, [.init("uploads")])
        request.headers = [.init(Self.markHeader, mark)]
        let (begin, action) = (request, request.action)
        // Not cut short by cancellation: else nobody knew the number of an upload that the store has begun.
        let answer = try await Task { try await client.send(begin) }.value
        guard let id = try answer.element("InitiateMultipartUploadResult", for: begin)["UploadId"], !id.isEmpty else {
            throw S3Answer.garbage(action, "has no 'UploadId'")
        }
        self.id = id
    }

    /// Sends all parts and makes them the blob; or, if anything fails, has the store forget them.
    func run<Chunks>(_ source: inout PartReader<Chunks>) async throws {
        do {
            let parts = try await sendParts(of: &source)
            try Task.checkCancellation()
            // A cancellation from here on comes too late.
            try await Task { try await complete(parts) }.value
        } catch {
            await Task { await abort() }.value
            throw error
        }
    }

    private func sendParts<Chunks>(of source: inout PartReader<Chunks>) async throws -> [Part] {
        try await withThrowingTaskGroup(of: Part.self) { group in
            var (parts, number): ([Part], Int) = ([], 0)
            while true {
                // There is room for another part before it is read.
                if number - parts.count >= client.configuration.partsInFlight, let part = try await group.next() {
                    parts.append(part)
                }
                guard let payload = try await source.next() else { break }
                number += 1
                guard number <= S3Configuration.mostParts else {
                    throw BlobError.tooLarge(name, limit: S3Configuration.mostParts * client.configuration.partSize)
                }
                group.addTask { [number] in try await send(payload, number) }
            }
            for try await part in group { parts.append(part) }
            return parts.sorted { $0.number < $1.number }
        }
    }

    private func send(_ payload: S3Payload, _ number: Int) async throws -> Part {
        var request = Self.request(.PUT, name, client, [.init("partNumber", "\(number)"), .init("uploadId", id)])
        request.payload = payload
        let answer = try await client.send(request)
        guard let tag = answer.headers.first(name: "ETag"), (1...256).contains(tag.utf8.count) else {
            throw S3Answer.garbage(request.action, "has no 'ETag'")
        }
        return Part(number: number, entityTag: tag)
    }

    private func complete(_ parts: [Part]) async throws {
        let list = parts.map {
            "<Part><PartNumber>\($0.number)</PartNumber><ETag>\(MarkupElement.escaped($0.entityTag))</ETag></Part>"
        }
        let text = """
            <CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\(list.joined())\
            </CompleteMultipartUpload>
            """
        var request = Self.request(.POST, name, client, [.init("uploadId", id)])
        request.headers = [.init("content-type", "application/xml")]
        request.payload = S3Payload(ByteBuffer(string: text))
        do {
            try await client.retrying(request.action) { [request] in try await complete(request) }
        } catch let error as BlobError where (error.cause as? S3Refusal)?.code == "NoSuchUpload" {
            // An attempt whose answer was lost may have done it.
            guard (try? await isStored()) == true else { throw error }
        }
    }

    /// A refusal may come after the head of a success, since putting parts together can take long.
    private func complete(_ request: S3Request) async throws {
        let answer = try await client.send(request)
        guard let root = try? MarkupParser.parse(answer.body.readableBytesView), root.name == "Error" else {
            _ = try answer.element("CompleteMultipartUploadResult", for: request)
            return
        }
        let refusal = S3Refusal(status: 200, error: root)
        guard refusal.isTransient else { throw refusal.error(request.action, client.configuration) }
        throw S3Interruption("the object store \(refusal.words)", cause: refusal)
    }

    private func isStored() async throws -> Bool {
        let head = S3Request(method: .HEAD, key: client.configuration.location.key(name), action: "write '\(name)'")
        return try await client.send(head).headers.first(name: Self.markHeader) == mark
    }

    /// What fails here is left to `S3BlobStore.removeLeftovers`; the caller's error matters more.
    private func abort() async {
        var client = client
        // Whoever gave up, or was told to, is not kept waiting for long.
        client.configuration.attempts = min(client.configuration.attempts, 2)
        let key = client.configuration.location.key(name)
        do {
            // Twice: a part whose last bytes were on their way may have been taken after the first.
            for _ in 0..<2 { try await Self.abort(id, of: key, client) }
        } catch {}
    }

    /// Has the store forget an upload and its parts; nothing happens where there is none.
    static func abort(_ id: String, of key: String, _ client: S3Client) async throws {
        let query = [S3Request.Item("uploadId", id)]
        let request = S3Request(method: .DELETE, key: key, query: query, action: "remove what is left of an upload")
        do {
            _ = try await client.send(request)
        } catch let error as BlobError where (error.cause as? S3Refusal)?.code == "NoSuchUpload" {}
    }

    private static func request(
        _ method: HTTPMethod,
        _ name: BlobName,
        _ client: S3Client,
        _ query: [S3Request.Item]
    ) -> S3Request {
        let key = client.configuration.location.key(name)
        return S3Request(method: method, key: key, query: query, action: "write '\(name)'")
    }
}
