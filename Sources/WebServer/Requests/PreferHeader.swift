/// `Prefer: wait=…` (RFC 7240, 4.3).
package enum PreferHeader {
    /// How long the client would like to wait, at most `limit`; `nil` where it does not say so. What cannot be understood is
    /// ignored, as the RFC wants it.
    package static func wait(_ values: [String], limit: Duration) -> Duration? {
        for preference in values.flatMap({ $0.split(separator: ",") }) {
            let parts = (preference.split(separator: ";").first ?? "").split(separator: "=", maxSplits: 1).map(
                \.trimmed
            )
            guard parts.count == 2, parts[0].lowercased() == "wait", let seconds = Int(parts[1].filter { $0 != "\"" }),
                seconds >= 0
            else { continue }
            return min(.seconds(min(seconds, 86_400)), limit)
        }
        return nil
    }
}
