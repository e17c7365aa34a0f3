import Contracts
import Crypto
import Environment
import Foundation
import Identity
import JWTKit
import Testing

/// What must not pass for an access token.
struct TokenTests {
    private func forged(_ header: String, _ claims: TokenClaims, _ sign: (Data) throws -> Data) throws -> String {
        let payload = try JSONEncoder().encode(claims)
        let signed = "\(base64URL(Data(header.utf8))).\(base64URL(payload))"
        return signed + "." + base64URL(try sign(Data(signed.utf8)))
    }

    private func hmac(_ key: String) -> (Data) -> Data {
        { Data(HMAC<SHA256>.authenticationCode(for: $0, using: SymmetricKey(data: Data(key.utf8)))) }
    }

    private func claims(of user: User, _ change: (inout TokenClaims) -> Void = { _ in }) -> TokenClaims {
        let now = ManualTime.start.microseconds / 1_000_000
        var claims = TokenClaims(iss: "dragoman", sub: user.id, jti: "j1", iat: now, exp: now + 3600, epoch: 0)
        change(&claims)
        return claims
    }

    @Test func aTokenLetsItsUserIn() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser(role: .admin, tier: Tier.premium)
            let token = try await world.login()
            let principal = try await world.principal(token.accessToken)
            #expect(principal == token.principal && token.expiresIn == .seconds(3600))
            #expect(principal.userID == user.id && principal.email == "ada@example.org")
            #expect(principal.role == .admin && principal.tier == Tier.premium)
            #expect(principal.scopes == Set(Scope.allCases))
            guard case .token(_, let expires) = principal.credential else {
                Issue.record("No token: \(principal.credential)")
                return
            }
            #expect(expires == ManualTime.start + .seconds(3600))
        }
    }

    @Test func theForgeryOfTheseTestsIsGoodWithTheRightKey() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let token = try forged(#"{"alg":"HS256","typ":"JWT"}"#, claims(of: user), hmac(IdentityWorld.secret))
            #expect(await world.refusal(token) == nil)
        }
    }

    @Test(arguments: [
        #"{"alg":"none"}"#, #"{"alg":"None","typ":"JWT"}"#, #"{"alg":"HS512"}"#, #"{"alg":"RS256"}"#, #"{}"#,
        #"{"alg":null}"#, #"{"alg":["HS256"]}"#, #"{"alg":"HS256","crit":["exp"]}"#, #"{"alg":"HS256","kid":"x"}"#,
        #"{"alg":"hs256"}"#, "nonsense", "",
    ])
    func anotherHeaderIsRefusedThoughTheSignatureIsGood(_ header: String) async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let token = try forged(header, claims(of: user), hmac(IdentityWorld.secret))
            #expect(await world.refusal(token) == .unauthenticated)
            let unsigned = token.split(separator: ".").prefix(2).joined(separator: ".") + "."
            #expect(await world.refusal(unsigned) == .unauthenticated)
        }
    }

    static let wrongClaims: [(String, @Sendable (inout TokenClaims) -> Void)] = [
        ("another issuer", { $0.iss = "elsewhere" }),
        ("expired", { $0.exp = $0.iat }),
        ("expired just now", { $0.exp = ManualTime.start.microseconds / 1_000_000 }),
        ("issued in the future", { $0.iat += 61 }),
        ("negative times", { ($0.iat, $0.exp) = (.min, .min) }),
        ("another session", { $0.epoch = 1 }),
        ("an earlier session", { $0.epoch = -1 }),
        ("an unknown user", { $0.sub = "user_nobody" }),
        ("a user of SQL", { $0.sub = "' OR 1=1 --" }),
        ("local mode", { $0.sub = "local" }),
        ("no id", { $0.jti = "" }),
        ("a huge id", { $0.jti = String(repeating: "x", count: 1000) }),
    ]

    @Test(arguments: wrongClaims.indices)
    func wrongClaimsAreRefusedThoughTheSignatureIsGood(_ index: Int) async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let claims = claims(of: user, Self.wrongClaims[index].1)
            let token = try forged(#"{"alg":"HS256","typ":"JWT"}"#, claims, hmac(IdentityWorld.secret))
            #expect(await world.refusal(token) == .unauthenticated, "\(Self.wrongClaims[index].0)")
        }
    }

    @Test func anyChangedCharacterIsRefused() async throws {
        try await IdentityWorld.with { world in
            try await world.addUser()
            let token = Array(try await world.login().accessToken.utf8)
            #expect(await world.refusal(String(decoding: token, as: UTF8.self)) == nil)
            // The signature's last character carries two bits that mean nothing.
            for place in 0..<(token.count - 1) {
                var changed = token
                changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                #expect(await world.refusal(String(decoding: changed, as: UTF8.self)) == .unauthenticated)
            }
        }
    }

    @Test(arguments: [
        "", ".", "..", "...", "a.b.c", "Bearer x", "é.é.é", "\0.\0.\0", "eyJhbGciOiJIUzI1NiJ9..",
        String(repeating: "a", count: 10_000_000), String(repeating: ".", count: 100_000),
        "eyJhbGciOiJIUzI1NiJ9." + String(repeating: "W1tb", count: 1000) + ".x",
    ])
    func nonsenseIsRefused(_ credential: String) async throws {
        try await IdentityWorld.with { world in #expect(await world.refusal(credential) == .unauthenticated) }
    }

    @Test func anotherKeyIsRefused() async throws {
        try await IdentityWorld.with { world in
            let user = try await world.addUser()
            let token = try forged(#"{"alg":"HS256"}"#, claims(of: user), hmac("0123456789abcdef0123456789abcdeF"))
            #expect(await world.refusal(token) == .unauthenticated)
        }
    }

    @Test func aTokenEndsWithItsTime() async throws {
        try await IdentityWorld.with { world in
            try await world.addUser()
            let token = try await world.login().accessToken
            let steps: [(Int, IdentityError.Code?)] = [(3595, nil), (4, nil), (1, .unauthenticated)]
            for (seconds, expected) in steps {
                world.time.advance(by: .seconds(seconds))
                #expect(await world.refusal(token) == expected)
            }
        }
    }

    // MARK: Keys from files

    @Test(arguments: TestKey.allCases)
    func aKeyFileSignsAndVerifies(_ kind: TestKey) async throws {
        try await IdentityWorld.with(key: .pem(try kind.make().privateKey)) { world in
            let user = try await world.addUser()
            let token = try await world.login().accessToken
            #expect(try await world.principal(token).userID == user.id)
            let parsed = try DefaultJWTParser().parse(Array(token.utf8), as: TokenClaims.self)
            #expect(parsed.header.alg == kind.rawValue)
        }
    }

    /// The public key is public: whoever signs with it as if it were a secret must not get in.
    @Test(arguments: TestKey.allCases)
    func aPublicKeyUsedAsSecretIsRefused(_ kind: TestKey) async throws {
        let (privateKey, publicKey) = try kind.make()
        try await IdentityWorld.with(key: .pem(privateKey)) { world in
            let user = try await world.addUser()
            for secret in [publicKey, publicKey + "\n"] {
                for algorithm in ["HS256", "RS256", "ES256"] {
                    let token = try forged(#"{"alg":"\#(algorithm)"}"#, claims(of: user), hmac(secret))
                    #expect(await world.refusal(token) == .unauthenticated)
                }
            }
        }
    }

    @Test func aPoorKeyIsRefusedAtStart() async throws {
        for key in try TestKey.poor() {
            let error = await #expect(throws: IdentityError.self) {
                _ = try await TokenIssuer(key: key, environment: ManualTime().environment)
            }
            #expect(error?.code == .invalid)
            #expect(error?.message.contains("PRIVATE") == false)
        }
    }
}

func base64URL(_ data: Data) -> String {
    data.base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
        .replacingOccurrences(of: "=", with: "")
}
