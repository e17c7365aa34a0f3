internal import Environment

/// Stands for a principal once, for a moment: for browsers, which cannot send headers with a WebSocket.
package struct Ticket: Hashable, Sendable {
    /// Shown to its owner once. Letters, digits, `-`, `_` and `.`, so that it goes into an address as it is.
    package let secret: String
    package let expiresIn: Duration
}

/// What a ticket says: which credential it stands for, and until when. The account behind it is looked up when the
/// ticket is used, so that it opens nothing that the credential would not open by then.
struct TicketClaims: Codable, Hashable, Sendable {
    enum Source: Codable, Hashable, Sendable {
        /// Whoever sits at the machine, in local mode.
        case local
        /// An access token; `epoch` is its user's session epoch.
        case token(id: String, expires: Timestamp, epoch: Int64)
        case apiKey(id: String)
    }

    /// The ticket's own name, by which its use is remembered.
    var id: String
    var userID: String
    var source: Source
    var expires: Timestamp

    enum CodingKeys: String, CodingKey {
        case id
        case userID = "user"
        case source = "for"
        case expires
    }
}
