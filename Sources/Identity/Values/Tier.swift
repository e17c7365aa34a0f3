/// What a tier allows.
package struct TierLimits: Hashable, Sendable {
    /// Requests a minute, and how many may come at once after a pause; `nil`: as many as one likes.
    package var requestsPerMinute: Int?
    /// Characters (Unicode scalars) of source text in a calendar month in UTC; `nil`: as many as one likes.
    package var charactersPerMonth: Int?
    /// Characters (Unicode scalars) of source text in one request.
    package var maximumTextCharacters: Int
    /// Whether requests may be CRITICAL or HIGH; otherwise all are STANDARD.
    package var mayUsePriorities: Bool

    package init(
        requestsPerMinute: Int?,
        charactersPerMonth: Int?,
        maximumTextCharacters: Int,
        mayUsePriorities: Bool
    ) {
        self.requestsPerMinute = requestsPerMinute
        self.charactersPerMonth = charactersPerMonth
        self.maximumTextCharacters = maximumTextCharacters
        self.mayUsePriorities = mayUsePriorities
    }
}

/// A class of service: its name, as it is stored with users, and what it allows.
package struct Tier: Hashable, Sendable {
    package var name: String
    package var limits: TierLimits

    package init(name: String, limits: TierLimits) {
        self.name = name
        self.limits = limits
    }

    /// The names of the tiers that there always are.
    package static let free = "free"
    package static let premium = "premium"
    package static let enterprise = "enterprise"
    /// For those who share a server of their own: whoever runs it lets them in, and nobody counts.
    package static let standard = "standard"
}

/// The tiers of an installation.
package struct TierTable: Hashable, Sendable {
    /// Limits by name.
    package var limits: [String: TierLimits]

    package init(limits: [String: TierLimits] = TierTable.standard) { self.limits = limits }

    /// 10, 100, 1,000, and any number of requests a minute.
    package static let standard: [String: TierLimits] = [
        Tier.free: TierLimits(
            requestsPerMinute: 10,
            charactersPerMonth: 500_000,
            maximumTextCharacters: 50_000,
            mayUsePriorities: false
        ),
        Tier.premium: TierLimits(
            requestsPerMinute: 100,
            charactersPerMonth: 20_000_000,
            maximumTextCharacters: 500_000,
            mayUsePriorities: true
        ),
        Tier.enterprise: TierLimits(
            requestsPerMinute: 1000,
            charactersPerMonth: nil,
            maximumTextCharacters: 5_000_000,
            mayUsePriorities: true
        ),
        Tier.standard: TierLimits(
            requestsPerMinute: nil,
            charactersPerMonth: nil,
            maximumTextCharacters: 5_000_000,
            mayUsePriorities: true
        ),
    ]

    /// Names, the least first.
    package var names: [String] {
        limits.sorted { ($0.value.requestsPerMinute ?? .max, $0.key) < ($1.value.requestsPerMinute ?? .max, $1.key) }
            .map(\.key)
    }

    /// The tier of that name. A user may have a tier that the configuration no longer knows: the least one stands in.
    package subscript(_ name: String) -> Tier {
        if let known = limits[name] { return Tier(name: name, limits: known) }
        let least = names.first.flatMap { limits[$0] }
        return Tier(
            name: name,
            limits: least
                ?? TierLimits(
                    requestsPerMinute: 1,
                    charactersPerMonth: 0,
                    maximumTextCharacters: 0,
                    mayUsePriorities: false
                )
        )
    }

    /// - Throws: `.invalid` for a name that no tier has.
    func check(_ name: String) throws(IdentityError) {
        guard limits[name] != nil else {
            throw IdentityError(
                .invalid,
                "The tier is '\(Shown.short(name))', expected one of \(names.joined(separator: ", "))."
            )
        }
    }
}
