internal import Environment

/// Names that nobody can guess: Crockford's base 32 in lower case.
enum IdentityID {
    static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// That many characters of five random bits each.
    static func digits(_ count: Int, _ random: () -> UInt64) -> String {
        var digits: [UInt8] = []
        digits.reserveCapacity(count)
        while digits.count < count {
            var bits = random()
            for _ in 0..<min(12, count - digits.count) {
                digits.append(alphabet[Int(bits & 31)])
                bits >>= 5
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// `prefix_` and 16 characters.
    static func new(_ prefix: String, _ environment: ServiceEnvironment) -> String {
        prefix + "_" + digits(16, environment.random)
    }
}
