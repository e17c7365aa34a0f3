/// Bytes that are not acceptable JSON: what is wrong, and where.
package struct JSONSyntaxError: Error, Hashable, Sendable {
    /// Says what was found or expected, without a full stop. Holds no more than one character of the input.
    package var message: String
    /// Bytes before the place.
    package var offset: Int

    package init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }
}

/// What a parser takes before it gives up, so that hostile input stays cheap.
package struct JSONLimits: Hashable, Sendable {
    /// Arrays and objects within each other.
    package var depth = 32
    /// Values altogether, members' names not counted.
    package var values = 5000
    /// Bytes of a member's name. Names are looked up, and to look up thousands of combining marks takes time that grows
    /// with their square.
    package var name = 1024

    package init() {}
}
