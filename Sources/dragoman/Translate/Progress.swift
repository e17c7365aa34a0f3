import Foundation
import MachineTranslation

/// A line on the terminal that says how far a long translation is; nothing where standard error is no terminal.
struct Progress {
    private let totalBytes: Int?
    private let isShown = isatty(STDERR_FILENO) == 1
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?
    private var words = 0
    private var bytes = 0

    /// Short texts are done before a line could be read.
    private static let delay = Duration.seconds(1)
    private static let interval = Duration.milliseconds(200)

    init(totalBytes: Int?) { self.totalBytes = totalBytes }

    mutating func advance(_ unit: OutputUnit) {
        guard isShown else { return }
        switch unit {
        case .verbatim(let text): bytes += text.utf8.count
        case .segment(let source, _):
            bytes += source.utf8.count
            words += source.split(whereSeparator: \.isWhitespace).count
        }
        let now = ContinuousClock.now
        guard now - start > Self.delay, lastShown.map({ now - $0 > Self.interval }) ?? true else { return }
        lastShown = now
        show(now)
    }

    private func show(_ now: ContinuousClock.Instant) {
        let seconds = (now - start).seconds
        var line = "\r\(words) words, \(Int(Double(words) / seconds)) words/s"
        if let totalBytes, bytes > 0, totalBytes > bytes {
            let left = Int((seconds * Double(totalBytes - bytes) / Double(bytes)).rounded(.up))
            line += ", \(100 * bytes / totalBytes) %, \(left / 60):\(String(format: "%02d", left % 60)) left"
        }
        FileHandle.standardError.write(Data((line + "\u{1B}[K").utf8))
    }

    /// Takes the line away.
    func finish() {
        if lastShown != nil { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
}
