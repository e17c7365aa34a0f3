import Contracts
import Environment
import Identity
import Testing

struct PasswordTests {
    private func hasher(concurrency: Int = 2, waiting: Int = 32) -> PasswordHasher {
        PasswordHasher(
            cost: IdentitySamples.cost,
            concurrency: concurrency,
            waiting: waiting,
            environment: ManualTime().environment
        )
    }

    /// Computed with Python's `hashlib.scrypt`; the vectors of RFC 7914 have salts of other sizes.
    @Test func agreesWithAnotherImplementation() async throws {
        let stored = "$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$YvUgAXFpmzVXONT09h2Ur/0chpC0umdvyARbkR7DGzY"
        let hash = try #require(PasswordHash(text: stored))
        #expect(hash.text == stored)
        #expect(try await hasher().matches(Array("pässword".utf8), hash))
        #expect(try await hasher().matches(Array("passwort".utf8), hash) == false)
    }

    @Test func aHashMatchesItsPasswordOnly() async throws {
        let hasher = hasher()
        let hash = try await hasher.hash(Array("correct horse".utf8))
        let stored = try #require(PasswordHash(text: hash.text))
        #expect(stored == hash)
        #expect(try await hasher.matches(Array("correct horse".utf8), stored))
        for wrong in ["correct horsf", "correct hors", "correct horse ", ""] {
            #expect(try await hasher.matches(Array(wrong.utf8), stored) == false)
        }
        #expect(try await hasher.matches(nil, stored) == false)
        #expect(try await hasher.matches(Array("correct horse".utf8), nil) == false)
    }

    @Test func theSamePasswordHasAnotherHashEachTime() async throws {
        let hasher = hasher()
        let first = try await hasher.hash(Array("correct horse".utf8))
        #expect(try await hasher.hash(Array("correct horse".utf8)) != first)
    }

    @Test(arguments: [
        "", "$", "$scrypt$", "$scrypt$ln=15,r=8,p=1$$", "$bcrypt$ln=4,r=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
        "$scrypt$ln=99,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=20,r=32,p=4$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=-1,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=4,r=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=4,r=9223372036854775807,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$r=8,ln=4,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=4,r=1,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=4,r=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA$x",
        String(repeating: "$", count: 1_000_000),
    ])
    func whatIsNoHashOrCostsTooMuchIsNotRead(_ text: String) {
        #expect(PasswordHash(text: text) == nil)
    }

    @Test(arguments: [
        ("1234567", false), ("12345678", true), ("pässwö", true), (String(repeating: "x", count: 1024), true),
        (String(repeating: "x", count: 1025), false), (String(repeating: "é", count: 1_000_000), false),
        (String(repeating: "e\u{301}", count: 512), true), ("", false),
        ("\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}", true),
    ])
    func lengthsAreCountedInNormalisedBytes(_ password: String, _ isGood: Bool) {
        let error = isGood ? nil : #expect(throws: IdentityError.self) { try PasswordRules.normalised(password) }
        if isGood { #expect((try? PasswordRules.normalised(password)) != nil) }
        if let error, password.count > 3 { #expect(!error.message.contains(password)) }
    }

    @Test func composedAndDecomposedLettersAreTheSame() throws {
        #expect(try PasswordRules.normalised("pässwörd") == PasswordRules.normalised("pa\u{308}sswo\u{308}rd"))
    }

    @Test func tooManyAtOnceAreRefusedAndTheRestIsServed() async throws {
        let hasher = PasswordHasher(
            cost: ScryptCost(logRounds: 12, blockSize: 8, parallelism: 1),
            concurrency: 1,
            waiting: 2,
            environment: ManualTime().environment
        )
        let outcomes = await withTaskGroup(of: IdentityError.Code?.self) { group in
            for _ in 0..<40 {
                group.addTask { await code { _ = try await hasher.hash(Array("correct horse".utf8)) } }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let served = outcomes.filter { $0 == nil }.count
        #expect(served >= 3)
        #expect(outcomes.filter { $0 == .throttled }.count == 40 - served)
        #expect(try await hasher.hash(Array("correct horse".utf8)).cost == hasher.cost)
    }
}
