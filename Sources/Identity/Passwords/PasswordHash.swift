internal import Crypto
internal import CryptoExtras
internal import Foundation

/// What scrypt costs (RFC 7914): memory is `128 · 2^logRounds · blockSize` bytes.
package struct ScryptCost: Hashable, Sendable {
    package var logRounds: Int
    package var blockSize: Int
    package var parallelism: Int

    package init(logRounds: Int, blockSize: Int, parallelism: Int) {
        self.logRounds = logRounds
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// 32 MiB and about 90 ms.
    package static let standard = ScryptCost(logRounds: 15, blockSize: 8, parallelism: 1)

    /// Whether a machine survives it, whoever wrote the hash: at most 256 MiB.
    var isBearable: Bool {
        (1...20).contains(logRounds) && (1...32).contains(blockSize) && (1...4).contains(parallelism)
            && 128 * blockSize << logRounds <= 256 << 20
    }
}

/// A password as it is stored: `$scrypt$ln=15,r=8,p=1$salt$key`, salt and key in base 64 without padding, the form of
/// password hashes in PHC strings. The cost is stored with it, so that it can rise.
package struct PasswordHash: Hashable, Sendable {
    package let cost: ScryptCost
    let salt: [UInt8]
    let key: [UInt8]

    private static let saltSize = 16
    private static let keySize = 32

    private init(cost: ScryptCost, salt: [UInt8], key: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    /// Hashes a password under a new salt. Slow by intent: only for `PasswordHasher`.
    init(of password: [UInt8], cost: ScryptCost, random: () -> UInt64) throws {
        salt = Self.bytes(Self.saltSize, random)
        self.cost = cost
        key = try Self.derive(password, salt, cost)
    }

    /// A hash that no password has, and that costs as much to find out as one that a password has.
    static func unmatchable(cost: ScryptCost, random: () -> UInt64) -> PasswordHash {
        PasswordHash(cost: cost, salt: bytes(saltSize, random), key: bytes(keySize, random))
    }

    /// Reads the stored form; `nil` for anything else, or a cost beyond all measure.
    package init?(text: String) {
        let fields = text.utf8.count <= 256 ? text.split(separator: "$", omittingEmptySubsequences: false) : []
        guard fields.count == 5, fields[0].isEmpty, fields[1] == "scrypt", let cost = Self.cost(fields[2]),
            let salt = Self.decode(fields[3]), let key = Self.decode(fields[4]),
            salt.count == Self.saltSize, key.count == Self.keySize
        else { return nil }
        self.init(cost: cost, salt: salt, key: key)
    }

    /// The stored form.
    package var text: String {
        let cost = "ln=\(cost.logRounds),r=\(cost.blockSize),p=\(cost.parallelism)"
        return "$scrypt$\(cost)$\(Self.encode(salt))$\(Self.encode(key))"
    }

    /// Whether it is that password's hash. Slow by intent: only for `PasswordHasher`. The comparison takes the same
    /// time wherever the keys differ.
    func matches(_ password: [UInt8]) throws -> Bool {
        let candidate = try Self.derive(password, salt, cost)
        var difference: UInt8 = candidate.count == key.count ? 0 : 1
        for (left, right) in zip(candidate, key) { difference |= left ^ right }
        return difference == 0
    }

    private static func derive(_ password: [UInt8], _ salt: [UInt8], _ cost: ScryptCost) throws -> [UInt8] {
        guard cost.isBearable else {
            throw IdentityError(.unavailable, "The cost of password hashes is out of range, expected at most 256 MiB.")
        }
        let key = try KDF.Scrypt.deriveKey(
            from: password,
            salt: salt,
            outputByteCount: keySize,
            rounds: 1 << cost.logRounds,
            blockSize: cost.blockSize,
            parallelism: cost.parallelism
        )
        return key.withUnsafeBytes(Array.init)
    }

    private static func cost(_ text: Substring) -> ScryptCost? {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == 3 else { return nil }
        func value(_ field: Substring, _ name: String) -> Int? {
            field.hasPrefix(name) ? Int(field.dropFirst(name.count)) : nil
        }
        guard let logRounds = value(fields[0], "ln="), let blockSize = value(fields[1], "r="),
            let parallelism = value(fields[2], "p=")
        else { return nil }
        let cost = ScryptCost(logRounds: logRounds, blockSize: blockSize, parallelism: parallelism)
        return cost.isBearable ? cost : nil
    }

    private static func bytes(_ count: Int, _ random: () -> UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count { withUnsafeBytes(of: random()) { bytes += $0 } }
        return Array(bytes.prefix(count))
    }

    private static func encode(_ bytes: [UInt8]) -> String {
        String(Data(bytes).base64EncodedString().prefix { $0 != "=" })
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return Data(base64Encoded: String(text) + padding).map(Array.init)
    }
}
