package import Environment

/// What a user has used of a month.
package struct Usage: Hashable, Sendable {
    /// `YYYY-MM`, in UTC.
    package var month: String
    /// Characters (Unicode scalars) of source text.
    package var characters: Int
    /// As many as the tier allows; `nil`: as many as one likes.
    package var limit: Int?
    /// Requests that were charged.
    package var requests: Int
    /// When the next month begins.
    package var resetsAt: Timestamp

    package init(month: String, characters: Int, limit: Int?, requests: Int, resetsAt: Timestamp) {
        self.month = month
        self.characters = characters
        self.limit = limit
        self.requests = requests
        self.resetsAt = resetsAt
    }
}

/// What was counted against a user's month for one request.
package struct Charge: Hashable, Sendable {
    let userID: String
    /// `YYYY-MM`, in UTC.
    let month: String
    /// At least 0.
    let characters: Int
}

/// A calendar month in UTC.
struct BillingMonth: Hashable, Sendable {
    /// `YYYY-MM`.
    let name: String
    /// Midnight of the next month's first day.
    let end: Timestamp

    init(at time: Timestamp) {
        let day = Duration.seconds(86_400)
        let month = time.compactDay.prefix(6)
        var end = time
        while end.compactDay.prefix(6) == month, end < Timestamp(microseconds: .max) { end = end + day }
        let remainder = end.microseconds % day.wholeMicroseconds
        name = month.prefix(4) + "-" + month.suffix(2)
        self.end = Timestamp(microseconds: end.microseconds - max(0, remainder))
    }

    /// The next month's first day as `YYYY-MM-DD`.
    var nextDay: String {
        let day = end.compactDay
        return day.prefix(4) + "-" + day.dropFirst(4).prefix(2) + "-" + day.suffix(2)
    }
}
