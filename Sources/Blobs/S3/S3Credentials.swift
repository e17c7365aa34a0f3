/// The keys that requests are signed with. Never shows the secret ones.
package struct S3Credentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let accessKey: String
    let secretKey: String
    /// For temporary keys.
    let sessionToken: String?

    /// - Throws: `.invalid` for what cannot stand in a request's head.
    package init(accessKey: String, secretKey: String, sessionToken: String? = nil) throws {
        guard Self.isPlain(accessKey), !accessKey.contains("/") else {
            throw BlobError(.invalid, "'\(PlainText(accessKey))' is no access key, expected letters and digits.")
        }
        guard Self.isPlain(secretKey), sessionToken.map(Self.isPlain) ?? true else {
            throw BlobError(.invalid, "The secret key or session token of '\(accessKey)' holds spaces, or nothing.")
        }
        (self.accessKey, self.secretKey, self.sessionToken) = (accessKey, secretKey, sessionToken)
    }

    private static func isPlain(_ text: String) -> Bool {
        (1...8192).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    package var description: String { "access key '\(accessKey)'" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["accessKey": accessKey]) }
}
