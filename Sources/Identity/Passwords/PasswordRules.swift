internal import Foundation

/// The rules of passwords.
package enum PasswordRules {
    /// Smallest and largest number of bytes, after normalisation.
    package static let bytes = 8...1024

    /// The bytes that are hashed: UTF-8 of the password in NFC, so that it does not matter on which keyboard it was
    /// typed.
    /// - Throws: `.invalid` for one that is too short or too long. The message does not hold it.
    package static func normalised(_ password: String) throws(IdentityError) -> [UInt8] {
        // Normalisation can shorten a text to a third; anything longer is too long however it is written.
        let size = password.utf8.count
        let normalised = size <= 4 * bytes.upperBound ? Array(password.precomposedStringWithCanonicalMapping.utf8) : []
        guard bytes.contains(normalised.count) else {
            throw IdentityError(
                .invalid,
                "The password has \(normalised.isEmpty ? size : normalised.count) bytes, expected "
                    + "\(bytes.lowerBound) to \(bytes.upperBound)."
            )
        }
        return normalised
    }
}
