package import Environment
package import JWTKit

/// What an access token says. Times are whole seconds since 1970 (RFC 7519).
package struct TokenClaims: JWTPayload, Hashable, Sendable {
    /// Whose tokens these are.
    package static let issuer = "dragoman"
    /// How far clocks of machines that share a key may be apart.
    package static let leeway: Int64 = 60

    package var iss: String
    /// The user's id.
    package var sub: String
    /// The token's id, by which it is revoked.
    package var jti: String
    package var iat: Int64
    package var exp: Int64
    /// The user's session epoch when it was issued.
    package var epoch: Int64

    package init(iss: String, sub: String, jti: String, iat: Int64, exp: Int64, epoch: Int64) {
        self.iss = iss
        self.sub = sub
        self.jti = jti
        self.iat = iat
        self.exp = exp
        self.epoch = epoch
    }

    package var expires: Timestamp { Timestamp(microseconds: 0) + .seconds(exp) }

    /// Checks everything that needs nothing but a clock.
    /// - Throws: `.unauthenticated`.
    func check(at time: Timestamp) throws(IdentityError) {
        let seconds = time.microseconds / 1_000_000
        guard iss == Self.issuer, exp > seconds, iat <= seconds + Self.leeway, iat < exp,
            (1...64).contains(sub.utf8.count), (1...64).contains(jti.utf8.count)
        else { throw .badCredentials() }
    }

    /// Times are checked against the service's clock (`check`), not the library's.
    package func verify(using algorithm: some JWTAlgorithm) async throws {}
}
