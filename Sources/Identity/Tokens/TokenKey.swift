internal import Foundation
internal import JWTKit

/// What access tokens are signed with.
package enum TokenKey: Sendable {
    /// HS256. At least 32 bytes.
    case secret(String)
    /// RS256 (RSA of 2,048 bits or more) or ES256 (P-256): a private key in PEM.
    case pem(String)

    /// The smallest secret in bytes: as many as the hash has (RFC 7518, section 3.2).
    package static let smallestSecret = 32

    /// The algorithm's name in token headers, and a collection that signs and verifies with this key only.
    /// - Throws: `.invalid`, worded for whoever configures the server.
    func signer() async throws -> (algorithm: String, keys: JWTKeyCollection) {
        let keys = JWTKeyCollection()
        switch self {
        case .secret(let secret):
            guard secret.utf8.count >= Self.smallestSecret else {
                throw IdentityError(
                    .invalid,
                    "SECRET_KEY has \(secret.utf8.count) bytes, expected at least \(Self.smallestSecret) random ones."
                )
            }
            await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
            return ("HS256", keys)
        case .pem(let pem):
            return (try await Self.add(pem, to: keys), keys)
        }
    }

    private static func add(_ pem: String, to keys: JWTKeyCollection) async throws -> String {
        guard pem.utf8.count <= 64 << 10 else {
            throw IdentityError(
                .invalid,
                "The token key file has \(pem.utf8.count) bytes, expected a private key in PEM."
            )
        }
        if let key = try? ES256PrivateKey(pem: pem) {
            await keys.add(ecdsa: key)
            return "ES256"
        }
        do {
            await keys.add(rsa: try Insecure.RSA.PrivateKey(pem: pem), digestAlgorithm: .sha256)
            return "RS256"
        } catch {
            throw IdentityError(
                .invalid,
                "The token key file holds no known private key, expected P-256 or RSA of 2,048 bits or more in PEM.",
                cause: error
            )
        }
    }
}
