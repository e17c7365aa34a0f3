import Crypto
import CryptoExtras
import Identity

/// Kinds of keys that sign tokens; each call makes new ones.
enum TestKey: String, CaseIterable, Sendable {
    case p256 = "ES256"
    case rsa = "RS256"

    /// Both halves in PEM.
    func make() throws -> (privateKey: String, publicKey: String) {
        switch self {
        case .p256:
            let key = P256.Signing.PrivateKey()
            return (key.pemRepresentation, key.publicKey.pemRepresentation)
        case .rsa:
            let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
            return (key.pemRepresentation, key.publicKey.pemRepresentation)
        }
    }

    /// What must not be taken for a key.
    static func poor() throws -> [TokenKey] {
        [
            .secret(""), .secret(String(repeating: "x", count: 31)), .pem(""), .pem("nonsense"),
            .pem(String(repeating: "A", count: 1_000_000)),
            .pem(try p256.make().publicKey), .pem(try rsa.make().publicKey),
            .pem(try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1024)).pemRepresentation),
            .pem(P384.Signing.PrivateKey().pemRepresentation),
        ]
    }
}
