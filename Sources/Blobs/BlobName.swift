/// What a blob is called: segments of `a-z`, `0-9`, `.`, `_` and `-`, with `/` between them, such as
/// `jobs/0192f3/input.txt`.
///
/// A name is 1 to 512 bytes, a segment 1 to 200 and neither `.` nor `..`. So it is the same name on every file system
/// and in every object store, and needs no encoding in any of them.
package struct BlobName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let mostBytes = 512
    static let mostSegmentBytes = 200

    package let description: String

    /// - Throws: `.invalid` that says what a name may be.
    package init(_ text: String) throws {
        guard Self.isValid(text) else {
            throw BlobError(
                .invalid,
                "'\(PlainText(text))' cannot be a blob's name, expected at most \(Self.mostBytes) letters a-z, digits, "
                    + "'.', '_' and '-', in segments of at most \(Self.mostSegmentBytes) with '/' between them."
            )
        }
        description = text
    }

    static func isValid(_ text: String) -> Bool {
        guard (1...mostBytes).contains(text.utf8.count) else { return false }
        return text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(isValid(segment:))
    }

    static func isValid(segment: Substring) -> Bool {
        (1...mostSegmentBytes).contains(segment.utf8.count) && segment.utf8.allSatisfy(isAllowed) && segment != "."
            && segment != ".."
    }

    static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    var segments: [Substring] { description.split(separator: "/") }

    /// The order of the bytes, which is the order in which every store lists.
    package static func < (left: BlobName, right: BlobName) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }
}

/// How the names of a listing begin: the beginning of a `BlobName`, which may end within a segment or with `/`.
package struct BlobPrefix: Hashable, Sendable, CustomStringConvertible {
    /// Of every name.
    package static let all = BlobPrefix()

    package let description: String

    private init() { description = "" }

    /// - Throws: `.invalid` for what no name begins with.
    package init(_ text: String) throws {
        let segments = text.split(separator: "/", omittingEmptySubsequences: false)
        let last = segments.last ?? ""
        guard text.utf8.count <= BlobName.mostBytes, segments.dropLast().allSatisfy(BlobName.isValid(segment:)),
            last.utf8.count <= BlobName.mostSegmentBytes, last.utf8.allSatisfy(BlobName.isAllowed)
        else {
            throw BlobError(
                .invalid,
                "No blob's name begins with '\(PlainText(text))', expected letters a-z, digits, '.', '_', '-' and '/'."
            )
        }
        description = text
    }
}
