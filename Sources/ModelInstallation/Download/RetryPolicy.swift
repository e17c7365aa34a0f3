/// How often an interrupted download is taken up again, and after which wait.
package struct RetryPolicy: Sendable {
    /// Most attempts in a row that bring nothing new.
    package var fruitlessAttempts = 5
    /// Most attempts altogether.
    package var attempts = 1000
    package var firstWait = Duration.milliseconds(500)
    package var longestWait = Duration.seconds(30)
    /// Longest wait that a server may ask for.
    package var longestAskedWait = Duration.seconds(120)

    package init() {}

    /// The wait before the next attempt: doubled with each one that brought nothing, and between half and the whole of
    /// that by chance, so that many clients do not come back at the same moment.
    /// - Parameters:
    ///   - fruitless: attempts without anything new so far, 1 or more.
    ///   - random: 64 random bits.
    ///   - asked: what the server asked for, in seconds.
    package func wait(fruitless: Int, random: UInt64, asked: Int?) -> Duration {
        if let asked { return min(.seconds(asked), longestAskedWait) }
        let doublings = min(max(fruitless - 1, 0), 20)
        let full = min(firstWait * (1 << doublings), longestWait)
        return full / 2 + full / 2 * (Double(random >> 11) / Double(1 << 53))
    }
}
