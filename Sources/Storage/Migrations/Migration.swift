internal import Environment
internal import JobSystem

/// A step of the schema. Once released it is never changed; a later one corrects it.
package struct Migration: Hashable, Sendable {
    /// 1, 2, 3, … without gaps.
    package let number: Int
    package let name: String
    /// SQL of the common subset (`SQLDialect`), one statement each.
    package let statements: [SQLStatement]

    package init(number: Int, name: String, statements: [SQLStatement]) {
        self.number = number
        self.name = name
        self.statements = statements
    }

    /// Recorded when the step is taken, and compared ever after.
    package var checksum: String {
        var hash = StableHash()
        for statement in statements { hash.add(statement.sql(.sqlite)) }
        return hash.hexadecimal
    }
}
