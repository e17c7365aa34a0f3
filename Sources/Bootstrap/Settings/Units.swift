internal import Environment

/// Sizes as people write them.
enum ByteSize {
    private static let units: [(name: String, bytes: Int)] = [
        ("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10), ("B", 1),
    ]

    static func parse(_ text: String) -> Int? {
        let text = text.uppercased().filter { $0 != " " }
        let unit = units.first { text.hasSuffix($0.name) }
        guard let number = Int(text.dropLast(unit?.name.count ?? 0)), number >= 0 else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit?.bytes ?? 1)
        return overflow ? nil : bytes
    }

    static func text(_ bytes: Int) -> String {
        let unit = units.first { bytes >= $0.bytes && bytes % $0.bytes == 0 } ?? (name: "B", bytes: 1)
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}

/// Spans of time as people write them.
enum TimeSpan {
    private static let units: [(name: String, microseconds: Int64)] = [
        ("us", 1), ("ms", 1000), ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000),
    ]

    static func parse(_ text: String) -> Duration? {
        let text = text.lowercased().filter { $0 != " " }
        let unit = units.first { text.hasSuffix($0.name) }
        guard let number = Int64(text.dropLast(unit?.name.count ?? 0)), number >= 0 else { return nil }
        let (span, overflow) = number.multipliedReportingOverflow(by: unit?.microseconds ?? 1_000_000)
        return overflow ? nil : .microseconds(span)
    }

    static func text(_ span: Duration) -> String {
        let microseconds = span.wholeMicroseconds
        guard microseconds != 0 else { return "0s" }
        let unit =
            units.sorted { $0.microseconds > $1.microseconds }.first { microseconds % $0.microseconds == 0 }
            ?? (name: "us", microseconds: 1)
        return "\(microseconds / unit.microseconds)\(unit.name)"
    }
}
