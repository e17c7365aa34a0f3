internal import AsyncHTTPClient
package import Environment
internal import Foundation
package import NIOCore
internal import NIOHTTP1

/// Blobs as objects of a bucket, in Amazon S3 or what speaks its protocol.
///
/// Small blobs go in one request, larger ones in parts. A process that is killed during the latter leaves parts that
/// nobody sees but somebody pays for: `removeLeftovers`, or a rule of the bucket, removes them.
package struct S3BlobStore: BlobStore {
    private let client: S3Client

    private var location: S3Location { client.configuration.location }

    /// Makes no request: whether the bucket can be reached shows with the first use.
    /// - Throws: `.invalid` for settings that cannot be used.
    package init(_ configuration: S3Configuration, environment: ServiceEnvironment = .live) throws {
        try configuration.validate()
        let http = try S3Client.makeHTTPClient(configuration)
        client = S3Client(http: http, configuration: configuration, environment: environment)
    }

    @discardableResult
    package func write<Chunks: AsyncSequence>(_ name: BlobName, _ chunks: Chunks, limit: Int) async throws -> Int
    where Chunks.Element == ByteBuffer {
        let partSize = client.configuration.partSize
        var parts = PartReader(name, chunks.makeAsyncIterator(), partSize: partSize, limit: limit)
        if let only = try await parts.onlyPart() {
            let key = location.key(name)
            _ = try await client.send(S3Request(method: .PUT, key: key, payload: only, action: "write '\(name)'"))
        } else {
            try await S3Upload(name, client).run(&parts)
        }
        return parts.size
    }

    package func read(_ name: BlobName, range: Range<Int>?) async throws -> BlobContent {
        let wanted = range.map { $0.clamped(to: 0..<Int.max) }
        if wanted?.isEmpty != true, let download = try await S3Download.begin(name, wanted, client) {
            let chunks = BlobChunks { download.makeReader() }
            return BlobContent(size: download.size, range: download.range, chunks: chunks)
        }
        let size = try await size(name)
        let nothing = (range ?? 0..<size).clamped(to: 0..<size)
        return BlobContent(
            size: size,
            range: nothing.lowerBound..<nothing.lowerBound,
            chunks: BlobChunks { EmptyReader() }
        )
    }

    package func size(_ name: BlobName) async throws -> Int {
        let request = S3Request(method: .HEAD, key: location.key(name), action: "read '\(name)'")
        let length = try await client.send(request).headers.first(name: "Content-Length")
        guard let size = length.flatMap({ Int($0) }), size >= 0 else {
            throw S3Answer.garbage(request.action, "has no 'Content-Length'")
        }
        return size
    }

    package func remove(_ name: BlobName) async throws {
        let request = S3Request(method: .DELETE, key: location.key(name), action: "remove '\(name)'")
        do {
            _ = try await client.send(request)
        } catch let error as BlobError where error.code == .notFound {}
    }

    package func list(_ prefix: BlobPrefix, after cursor: BlobCursor?, limit: Int) async throws -> BlobPage {
        let most = min(max(1, limit), BlobPage.mostEntries)
        return try await S3Listing(client).blobs(prefix, after: cursor, most: most)
    }

    /// Has the store forget the uploads below this store's prefix that began before a moment, such as those of
    /// processes that were killed.
    /// - Returns: how many there were.
    @discardableResult
    package func removeLeftovers(before time: Timestamp) async throws -> Int {
        let uploads = try await S3Listing(client).uploads().filter { $0.began < time }
        for upload in uploads { try await S3Upload.abort(upload.id, of: upload.key, client) }
        return uploads.count
    }

    package func close() async throws { try await client.http.shutdown() }
}
