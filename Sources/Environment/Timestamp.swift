internal import Foundation

/// A moment in UTC, in whole microseconds since 1970-01-01, the form in which databases keep it.
///
/// Arithmetic saturates at the ends of `Int64` and never traps.
package struct Timestamp: Hashable, Comparable, Codable, Sendable {
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// What the machine's clock says.
    package static func now() -> Timestamp {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    package static func + (time: Timestamp, span: Duration) -> Timestamp {
        let (sum, overflow) = time.microseconds.addingReportingOverflow(span.wholeMicroseconds)
        guard overflow else { return Timestamp(microseconds: sum) }
        return Timestamp(microseconds: span < .zero ? .min : .max)
    }

    package static func - (left: Timestamp, right: Timestamp) -> Duration {
        let (difference, overflow) = left.microseconds.subtractingReportingOverflow(right.microseconds)
        guard overflow else { return .microseconds(difference) }
        return .microseconds(left < right ? Int64.min : Int64.max)
    }

    /// The day in UTC as `YYYYMMDD`.
    package var compactDay: String {
        let (year, month, day) = civilDate
        func digits(_ value: Int64, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return digits(year, 4) + digits(month, 2) + digits(day, 2)
    }

    /// Year, month and day in the proleptic Gregorian calendar, counted from 1 March of the year 0 so that the leap day
    /// ends a year; the months from March on then begin at day `(153 m + 2) / 5`.
    private var civilDate: (year: Int64, month: Int64, day: Int64) {
        let daysPerEra: Int64 = 146_097
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 86_400_000_000)
        let days = (remainder < 0 ? quotient - 1 : quotient) + 719_468
        let era = (days >= 0 ? days : days - (daysPerEra - 1)) / daysPerEra
        let dayOfEra = days - era * daysPerEra
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}

extension Duration {
    /// The span in whole microseconds, rounded towards zero, saturating.
    package var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000)
        guard overflow || carried else { return sum }
        return seconds < 0 ? .min : .max
    }
}
