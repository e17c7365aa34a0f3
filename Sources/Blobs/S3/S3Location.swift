/// A bucket, and how the keys in it begin: `s3://bucket/prefix`.
package struct S3Location: Hashable, Sendable, CustomStringConvertible {
    package let bucket: String
    /// Empty, or with `/` at its end.
    package let prefix: String

    /// - Parameter text: `s3://bucket` or `s3://bucket/prefix`.
    /// - Throws: `.invalid` that says what is expected.
    package init(_ text: String) throws {
        guard text.hasPrefix("s3://") else { throw Self.refusal(text, "expected one such as 's3://bucket/prefix'") }
        let parts = text.dropFirst(5).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let bucket = String(parts[0])
        guard Self.isBucket(bucket) else {
            throw Self.refusal(text, "expected a bucket's name of 3 to 63 letters a-z, digits, '-' and '.'")
        }
        let prefix = parts.count > 1 ? parts[1].hasSuffix("/") ? parts[1].dropLast() : parts[1] : ""
        guard prefix.isEmpty || Self.isPrefix(prefix) else {
            throw Self.refusal(text, "expected a prefix of at most 400 letters, digits, '.', '_', '-' and single '/'")
        }
        self.bucket = bucket
        self.prefix = prefix.isEmpty ? "" : prefix + "/"
    }

    private static func refusal(_ text: String, _ words: String) -> BlobError {
        BlobError(.invalid, "'\(PlainText(text))' is no place in an object store, \(words).")
    }

    private static func isBucket(_ name: String) -> Bool {
        func isOuter(_ byte: UInt8?) -> Bool {
            byte.map { BlobName.isAllowed($0) && !"._-".utf8.contains($0) } ?? false
        }
        return (3...63).contains(name.utf8.count) && isOuter(name.utf8.first) && isOuter(name.utf8.last)
            && name.utf8.allSatisfy { BlobName.isAllowed($0) && $0 != UInt8(ascii: "_") } && !name.contains("..")
    }

    private static func isPrefix(_ text: Substring) -> Bool {
        text.utf8.count <= 400
            && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { segment in
                !segment.isEmpty && segment != "." && segment != ".."
                    && segment.utf8.allSatisfy { BlobName.isAllowed($0) || (0x41...0x5A).contains($0) }
            }
    }

    /// The key of a blob.
    func key(_ name: BlobName) -> String { prefix + name.description }

    /// The blob of a key; nil for what is not below the prefix or no name.
    func name(_ key: String) -> BlobName? {
        guard key.hasPrefix(prefix) else { return nil }
        return try? BlobName(String(key.dropFirst(prefix.count)))
    }

    package var description: String { "s3://\(bucket)/\(prefix)" }
}
