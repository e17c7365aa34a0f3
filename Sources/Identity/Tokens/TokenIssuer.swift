package import Environment
internal import JWTKit

/// Makes access tokens, and tells whether one is its own.
package struct TokenIssuer: Sendable {
    /// Tokens beyond this size are refused unread.
    static let largestToken = 4096

    /// How long a token is good.
    package let lifetime: Duration
    /// `HS256`, `RS256` or `ES256`: the only one accepted.
    package let algorithm: String
    private let keys: JWTKeyCollection
    private let environment: ServiceEnvironment

    /// - Throws: `IdentityError` `.invalid` for a key that is no good, worded for whoever configures the server.
    package init(
        key: TokenKey,
        lifetime: Duration = .seconds(86_400),
        environment: ServiceEnvironment
    ) async throws {
        guard lifetime >= .seconds(1), lifetime <= .seconds(366 * 86_400) else {
            throw IdentityError(.invalid, "The lifetime of tokens is '\(lifetime)', expected one second to one year.")
        }
        (algorithm, keys) = try await key.signer()
        self.lifetime = lifetime
        self.environment = environment
    }

    /// A new token for a user, as of now.
    func issue(for user: User) async throws -> (text: String, claims: TokenClaims) {
        let now = environment.now().microseconds / 1_000_000
        let claims = TokenClaims(
            iss: TokenClaims.issuer,
            sub: user.id,
            jti: IdentityID.digits(26, environment.random),
            iat: now,
            exp: now + lifetime.wholeMicroseconds / 1_000_000,
            epoch: user.sessionEpoch
        )
        do {
            return (try await keys.sign(claims), claims)
        } catch {
            throw IdentityError(.unavailable, "A token cannot be signed.", cause: error)
        }
    }

    /// What a token says, if this key signed it with this algorithm and it is within its time. Whether it was revoked,
    /// or its user's sessions ended, is for the caller to find out.
    /// - Throws: `.unauthenticated`.
    func verify(_ token: String) async throws(IdentityError) -> TokenClaims {
        guard token.utf8.count <= Self.largestToken else { throw .badCredentials() }
        let claims: TokenClaims
        do {
            // The header is only believed where it agrees with the configuration: `none`, another algorithm, or
            // extensions that must be understood (`crit`) are refused before a signature is looked at.
            let header = try DefaultJWTParser().parse([UInt8](token.utf8), as: TokenClaims.self).header
            guard header.alg == algorithm, header.fields["crit"] == nil, header.fields["kid"] == nil else {
                throw IdentityError.badCredentials()
            }
            claims = try await keys.verify(token)
        } catch {
            throw .badCredentials(cause: error)
        }
        try claims.check(at: environment.now())
        return claims
    }
}
