internal import Foundation

/// The rules of e-mail addresses, as names of accounts.
package enum EmailAddress {
    /// The form that is stored and compared: NFC, lower case.
    ///
    /// Accepts what has one `@` between 1 to 64 and 1 to 189 bytes without white space or control characters; whether
    /// mail arrives there is not known.
    /// - Throws: `.invalid`.
    package static func normalised(_ text: String) throws(IdentityError) -> String {
        guard text.utf8.count <= 254 else {
            throw IdentityError(.invalid, "The e-mail address has \(text.utf8.count) bytes, expected at most 254.")
        }
        let normalised = text.precomposedStringWithCanonicalMapping.lowercased()
        let parts = normalised.split(separator: "@", omittingEmptySubsequences: false)
        let isWhole =
            parts.count == 2 && (1...64).contains(parts[0].utf8.count) && (1...189).contains(parts[1].utf8.count)
        let isClean = normalised.unicodeScalars.allSatisfy {
            !$0.properties.isWhitespace && $0.properties.generalCategory != .control
                && $0.properties.generalCategory != .format
        }
        guard isWhole, isClean else {
            throw IdentityError(
                .invalid,
                "The e-mail address is '\(Shown.short(text))', expected one such as 'ada@example.org'."
            )
        }
        return normalised
    }
}
