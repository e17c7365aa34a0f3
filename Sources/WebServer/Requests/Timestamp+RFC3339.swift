package import Environment
internal import Foundation

extension Timestamp {
    /// The moment in UTC as RFC 3339 has it, with microseconds: `2026-11-21T09:30:00.123456Z`.
    package var rfc3339: String {
        let day = Array(compactDay)
        let ofDay = ((microseconds % 86_400_000_000) + 86_400_000_000) % 86_400_000_000
        let (seconds, fraction) = ofDay.quotientAndRemainder(dividingBy: 1_000_000)
        func digits(_ value: Int64, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let date = "\(String(day.dropLast(4)))-\(String(day.suffix(4).prefix(2)))-\(String(day.suffix(2)))"
        let time = "\(digits(seconds / 3600, 2)):\(digits(seconds / 60 % 60, 2)):\(digits(seconds % 60, 2))"
        return "\(date)T\(time).\(digits(fraction, 6))Z"
    }

    /// Reads RFC 3339 with or without fractional seconds; `nil` for anything else.
    package init?(rfc3339 text: String) {
        guard text.utf8.count <= 40 else { return nil }
        let date =
            (try? Date.ISO8601FormatStyle().parse(text))
            ?? (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text))
        guard let date, abs(date.timeIntervalSince1970) < 1e11 else { return nil }
        self.init(microseconds: Int64((date.timeIntervalSince1970 * 1_000_000).rounded()))
    }
}
