/// A blob of a listing.
package struct BlobEntry: Hashable, Sendable {
    package let name: BlobName
    /// In bytes.
    package let size: Int
}

/// A part of a listing.
package struct BlobPage: Hashable, Sendable {
    /// In the order of the names' bytes.
    package let entries: [BlobEntry]
    /// Where the listing goes on; nil where this was the end.
    package let next: BlobCursor?

    /// Most entries that a page has.
    package static let mostEntries = 1000
}

/// A place in a listing. It means something only to the store that it comes from.
package struct BlobCursor: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// - Parameter text: the `description` of a cursor, which may have been away, in a web page for example.
    /// - Throws: `.invalid` for anything but 1 to 2,048 printable characters of ASCII.
    package init(_ text: String) throws {
        guard (1...2048).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw BlobError(
                .invalid,
                "'\(PlainText(text))' is no place in a listing, expected the one of a page before."
            )
        }
        description = text
    }
}
