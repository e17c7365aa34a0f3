internal import Environment
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// Asks a store what it has.
struct S3Listing {
    /// An upload in parts that has not ended.
    struct Upload {
        let key: String
        let id: String
        let began: Timestamp
    }

    /// A thousand objects with the longest keys stay well below that.
    private static let answerLimit = 8 << 20
    /// Bounds the work where a store names page after page.
    private static let mostPages = 100
    private static let action = "list blobs"

    private let client: S3Client
    private var location: S3Location { client.configuration.location }

    init(_ client: S3Client) { self.client = client }

    // MARK: Objects

    func blobs(_ prefix: BlobPrefix, after cursor: BlobCursor?, most: Int) async throws -> BlobPage {
        var query: [S3Request.Item] = [
            .init("list-type", "2"), .init("max-keys", "\(most)"), .init("encoding-type", "url"),
            .init("prefix", location.prefix + prefix.description),
        ]
        if let cursor { query.append(.init("continuation-token", cursor.description)) }
        let page = try await ask(query, expecting: "ListBucketResult")
        let entries = try page.all("Contents").compactMap(entry)
        guard entries.count <= most, zip(entries, entries.dropFirst()).allSatisfy({ $0.name < $1.name }) else {
            throw S3Answer.garbage(Self.action, "has too many entries, or not in order")
        }
        guard page["IsTruncated"] == "true" else { return BlobPage(entries: entries, next: nil) }
        guard let token = page["NextContinuationToken"], let next = try? BlobCursor(token), next != cursor else {
            throw S3Answer.garbage(Self.action, "does not say where it goes on")
        }
        return BlobPage(entries: entries, next: next)
    }

    /// Nil for an object that is no blob.
    private func entry(_ element: MarkupElement) throws -> BlobEntry? {
        guard let key = element["Key"]?.removingPercentEncoding, let size = element["Size"].flatMap({ Int($0) }),
            size >= 0
        else { throw S3Answer.garbage(Self.action, "has an entry without key or size") }
        return location.name(key).map { BlobEntry(name: $0, size: size) }
    }

    // MARK: Uploads

    /// The uploads below the store's prefix that have not ended.
    func uploads() async throws -> [Upload] {
        var found: [Upload] = []
        var place: [S3Request.Item] = []
        for _ in 0..<Self.mostPages {
            let query: [S3Request.Item] = [
                .init("uploads"), .init("encoding-type", "url"), .init("prefix", location.prefix),
            ]
            let page = try await ask(query + place, expecting: "ListMultipartUploadsResult")
            found += try page.all("Upload").compactMap(upload)
            guard page["IsTruncated"] == "true" else { break }
            guard let key = page["NextKeyMarker"]?.removingPercentEncoding, let id = page["NextUploadIdMarker"] else {
                throw S3Answer.garbage(Self.action, "does not say where it goes on")
            }
            place = [.init("key-marker", key), .init("upload-id-marker", id)]
        }
        return found
    }

    /// Nil for an upload of something else than a blob of this store.
    private func upload(_ element: MarkupElement) throws -> Upload? {
        guard let key = element["Key"]?.removingPercentEncoding, let id = element["UploadId"],
            let text = element["Initiated"], let began = Self.time(text)
        else { throw S3Answer.garbage(Self.action, "has an upload without key, number or time") }
        return location.name(key).map { _ in Upload(key: key, id: id, began: began) }
    }

    /// A moment as ISO 8601 writes it, with fractions of a second or without.
    private static func time(_ text: String) -> Timestamp? {
        let date =
            (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            ?? (try? Date(text, strategy: .iso8601))
        // In years that people write; beyond, microseconds would not fit.
        guard let seconds = date?.timeIntervalSince1970, abs(seconds) < 1e12 else { return nil }
        return Timestamp(microseconds: Int64(seconds * 1_000_000))
    }

    private func ask(_ query: [S3Request.Item], expecting root: String) async throws -> MarkupElement {
        var request = S3Request(method: .GET, query: query, action: Self.action)
        request.answerLimit = Self.answerLimit
        return try await client.send(request).element(root, for: request)
    }
}
