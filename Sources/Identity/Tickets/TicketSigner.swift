internal import Crypto
internal import Environment
internal import Foundation

/// Writes tickets and reads those that it, or another process with the same secret, has written.
///
/// A ticket is what it says (JSON in base64url), a full stop, and HMAC-SHA256 over the former in base64url. The key is
/// derived from the installation's secret for tickets of this form alone: neither an access token nor anything else that
/// is signed with the secret passes for a ticket, and a later form takes another key.
struct TicketSigner: Sendable {
    static let lifetime = Duration.seconds(30)
    /// How far ahead the clock of the process that wrote a ticket may be.
    static let leeway = Duration.seconds(TokenClaims.leeway)

    private static let form = "dragoman.tickets.websocket.1"
    /// Longer ones are refused unread.
    private static let longest = 1024
    private let key: SymmetricKey

    /// - Parameter secret: what all processes of an installation share; `nil`: tickets are good in this process alone.
    init(secret: String?) {
        let root = secret.map { SymmetricKey(data: Data($0.utf8)) } ?? SymmetricKey(size: .bits256)
        key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Data(Self.form.utf8), using: root))
    }

    func text(of claims: TicketClaims) throws -> String {
        let payload = Base64URL.text(of: try JSONEncoder().encode(claims))
        let code = HMAC<SHA256>.authenticationCode(for: Data(payload.utf8), using: key)
        return payload + "." + Base64URL.text(of: Data(code))
    }

    /// What a ticket says, if it is one of ours and within its time. Whether it was used is for the ledger to say.
    /// - Parameter text: anything, of any size.
    func claims(of text: String, at time: Timestamp) -> TicketClaims? {
        guard text.utf8.count <= Self.longest else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let code = Base64URL.bytes(of: parts[1]),
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Data(parts[0].utf8), using: key),
            let payload = Base64URL.bytes(of: parts[0]),
            let claims = try? JSONDecoder().decode(TicketClaims.self, from: payload),
            // A clock that was set back must not let it live on.
            time < claims.expires, claims.expires <= time + Self.lifetime + Self.leeway
        else { return nil }
        return claims
    }
}

/// Base64 with the alphabet for addresses, without padding (RFC 4648, section 5).
private enum Base64URL {
    static func text(of bytes: Data) -> String {
        bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// `nil` for anything but what `text` makes.
    static func bytes(of text: Substring) -> Data? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        let standard = text.replacing("-", with: "+").replacing("_", with: "/") + padding
        guard let bytes = Data(base64Encoded: String(standard)), Self.text(of: bytes) == text else { return nil }
        return bytes
    }
}
