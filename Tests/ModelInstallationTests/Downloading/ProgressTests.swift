import Foundation
import ModelInstallation
import Testing

/// What is shown while one waits, and how waits and answers are understood.
struct ProgressTests {
    private let start = ContinuousClock.now

    @Test func download_showsShareBytesSpeedAndTimeLeft() {
        var line = ProgressLine(columns: 100)
        _ = line.text(for: .downloading(file: "m.zip", received: 0, total: 8_000_000), at: start)
        let text = line.text(
            for: .downloading(file: "m.zip", received: 2_000_000, total: 8_000_000),
            at: start + .seconds(1)
        )
        #expect(text == "m.zip  [#####...............]  25 %  2.0 MB of 8.0 MB  2.0 MB/s  0:03 left")
    }

    @Test func resumedDownload_countsOnlyWhatComesNowForItsSpeed() {
        var line = ProgressLine(columns: 100)
        _ = line.text(for: .downloading(file: "m", received: 7_000_000, total: 8_000_000), at: start)
        let text = line.text(
            for: .downloading(file: "m", received: 7_100_000, total: 8_000_000),
            at: start + .seconds(1)
        )
        #expect(text.hasSuffix("88 %  7.1 MB of 8.0 MB  100.0 kB/s  0:09 left"), "\(text)")
    }

    @Test func unknownSize_showsBytesAlone() {
        var line = ProgressLine(columns: 100)
        #expect(line.text(for: .downloading(file: "m", received: 1500, total: nil), at: start) == "m  1.5 kB")
    }

    @Test(arguments: [0, 1, 20, 40, 60, 79, 80, 200], [0, 5, 80, 1000])
    func line_isAlwaysNarrowerThanTheTerminal(columns: Int, length: Int) {
        var line = ProgressLine(columns: columns)
        let file = String(repeating: "n", count: length)
        for (second, received) in [0, 1, 7_000_000_000].enumerated() {
            let text = line.text(
                for: .downloading(file: file, received: received, total: 8_000_000_000),
                at: start + .seconds(second)
            )
            #expect(text.count < max(columns, 1))
        }
    }

    @Test func controlCharactersOfAName_neverReachTheTerminal() {
        var line = ProgressLine(columns: 80)
        let text = line.text(for: .downloading(file: "\u{1B}[2J\r\u{202E}x", received: 0, total: nil), at: start)
        #expect(text == "?[2J??x  0 bytes")
        #expect(ModelInstallationError(.damaged, "a\u{7}b\u{9B}").message == "a?b?")
    }

    @Test func numbersBeyondAllSense_areShownWithoutATrap() {
        var line = ProgressLine(columns: 80)
        for (received, total) in [(Int.max, 1), (0, 0), (5, Int.max), (Int.max, Int.max)] {
            _ = line.text(for: .downloading(file: "m", received: received, total: total), at: start)
            _ = line.text(for: .checking(done: received, total: total), at: start + .seconds(1))
        }
    }

    // MARK: Waits

    @Test func wait_doublesUpToItsLimitAndIsBetweenHalfAndWhole() {
        let policy = RetryPolicy()
        let least = (1...9).map { policy.wait(fruitless: $0, random: 0, asked: nil) }
        #expect(least.prefix(3) == [.milliseconds(250), .milliseconds(500), .seconds(1)])
        #expect(least.last == .seconds(15))
        let most = (1...200).map { policy.wait(fruitless: $0, random: .max, asked: nil) }
        #expect(most.allSatisfy { $0 <= .seconds(30) } && most[199] > .seconds(29))
        #expect(policy.wait(fruitless: 1, random: 0, asked: .max) == .seconds(120))
    }

    @Test(
        arguments: [
            ("bytes 0-99/1000", 0...99, 1000), ("bytes 5-5/6", 5...5, 6), ("bytes 0-99/*", 0...99, nil),
            ("bytes */7", nil, 7),
        ] as [(String, ClosedRange<Int>?, Int?)]
    )
    func contentRange_isRead(header: String, bytes: ClosedRange<Int>?, total: Int?) {
        let range = ContentRange(header)
        #expect(range != nil && range?.bytes == bytes && range?.total == total)
    }

    @Test(arguments: [
        nil, "", "bytes", "bytes 0-99", "bytes 9-0/10", "bytes 0-10/10", "bytes -1-5/10", "bytes +1-5/10", "bytes */*",
        "items 0-1/2", "bytes 0-1/2/3", "bytes 0-99999999999999999999/*", "bytes  0-1/2", "bytes 0-1/-2",
    ])
    func contentRangeThatBreaksTheFormat_isNone(header: String?) {
        #expect(ContentRange(header) == nil)
    }
}
