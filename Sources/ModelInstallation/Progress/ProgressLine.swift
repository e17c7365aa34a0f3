/// What is shown of an installation's progress in one line of a terminal.
package struct ProgressLine: Sendable {
    /// Width of the terminal; the line stays narrower, so that it never breaks.
    package let columns: Int
    private var meter = TransferMeter()
    private var file: String?

    private static let barWidth = 20

    package init(columns: Int) { self.columns = columns }

    /// The line for a state of things, to be asked for with each of them in turn.
    package mutating func text(for progress: InstallProgress, at now: ContinuousClock.Instant) -> String {
        let text =
            switch progress {
            case .downloading(let file, let received, let total): download(file, received, total, now)
            case .interrupted(let reason, let wait):
                "Stopped: \(reason); going on in \(max(1, wait.components.seconds)) s"
            case .copying(let done, let total): "Copying" + percent(done, total)
            case .unpacking(let done, let total): "Unpacking" + percent(done, total)
            case .checking(let done, let total): "Checking" + percent(done, total)
            case .loading: "Loading the model to see that it runs"
            }
        return String(PlainText(text).description.prefix(max(0, columns - 1)))
    }

    private mutating func download(
        _ file: String,
        _ received: Int,
        _ total: Int?,
        _ now: ContinuousClock.Instant
    ) -> String {
        if self.file != file { (self.file, meter) = (file, TransferMeter()) }
        meter.record(received, at: now)
        let rate = meter.bytesPerSecond.map { "  \(ByteCount(Int(min($0, 1e15))))/s" } ?? ""
        guard let total, total > 0 else { return "\(short(file))  \(ByteCount(received))\(rate)" }
        let left = meter.secondsLeft(of: total).map { "  \(clock($0)) left" } ?? ""
        let numbers = percent(received, total) + "  \(ByteCount(received)) of \(ByteCount(total))\(rate)\(left)"
        let room = columns - 1 - numbers.count - short(file).count - Self.barWidth - 4
        return short(file) + (room >= 0 ? "  " + bar(received, total) : "") + numbers
    }

    /// A file's name, cut in its middle where it is long.
    private func short(_ file: String) -> String {
        guard file.count > 28 else { return file }
        return file.prefix(14) + "…" + file.suffix(13)
    }

    private func bar(_ done: Int, _ total: Int) -> String {
        let full = Int(min(Double(done) / Double(total), 1) * Double(Self.barWidth))
        return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: Self.barWidth - full) + "]"
    }

    private func percent(_ done: Int, _ total: Int) -> String {
        guard total > 0 else { return "" }
        let number = Int(min(Double(done) / Double(total), 1) * 100)
        return String(repeating: " ", count: number < 10 ? 3 : number < 100 ? 2 : 1) + "\(number) %"
    }

    /// `0:09`, `12:30` or `1:05:00`.
    private func clock(_ seconds: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        return (hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)") + ":\(two(seconds % 60))"
    }
}

/// The speed of a transfer over its last seconds.
package struct TransferMeter: Sendable {
    private var samples: [(time: ContinuousClock.Instant, bytes: Int)] = []

    private static let window = Duration.seconds(5)
    private static let spacing = Duration.milliseconds(200)

    package init() {}

    /// Notes how many bytes there are by now. Fewer than before mean that it began anew.
    package mutating func record(_ bytes: Int, at now: ContinuousClock.Instant) {
        if let last = samples.last, bytes < last.bytes { samples = [] }
        if samples.count > 1, now - samples[samples.count - 2].time < Self.spacing { samples.removeLast() }
        samples.append((now, bytes))
        samples.removeAll { now - $0.time > Self.window }
    }

    /// Nil until there is something to tell from.
    package var bytesPerSecond: Double? {
        guard let first = samples.first, let last = samples.last, last.time - first.time >= Self.spacing else {
            return nil
        }
        let (seconds, attoseconds) = (last.time - first.time).components
        return Double(last.bytes - first.bytes) / (Double(seconds) + Double(attoseconds) / 1e18)
    }

    /// Seconds that the rest will take; nil where nothing comes, and beyond four days.
    package func secondsLeft(of total: Int) -> Int? {
        guard let rate = bytesPerSecond, rate > 0, let last = samples.last, total >= last.bytes else { return nil }
        let seconds = (Double(total - last.bytes) / rate).rounded(.up)
        return seconds < 360_000 ? Int(seconds) : nil
    }
}
