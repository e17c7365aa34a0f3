package import JobSystem

/// Which kinds of jobs there are, and how often.
package struct JobMix: Hashable, Sendable {
    /// One kind of job.
    package struct Part: Hashable, Sendable {
        package var priority: Priority
        /// Its share of the jobs, relative to the others.
        package var share: Double
        package var length: LengthDistribution

        package init(_ priority: Priority, share: Double, length: LengthDistribution) {
            self.priority = priority
            self.share = share
            self.length = length
        }
    }

    package let parts: [Part]

    /// - Precondition: at least one part; every share and mean length is positive.
    package init(_ parts: [Part]) {
        precondition(
            !parts.isEmpty && parts.allSatisfy { $0.share > 0 && $0.length.mean > 0 },
            "A mix needs parts with positive shares and lengths."
        )
        self.parts = parts
    }

    /// A team's day: chat messages that somebody waits for (CRITICAL, a tenth), pages and mails (HIGH, three tenths),
    /// and documents of up to 15,000 words (STANDARD).
    package static let usual = JobMix([
        Part(Priority(.critical), share: 0.1, length: .logNormal(median: 30, deviation: 0.8, most: 250)),
        Part(Priority(.high), share: 0.3, length: .logNormal(median: 120, deviation: 1, most: 2000)),
        Part(Priority(.standard), share: 0.6, length: .logNormal(median: 200, deviation: 1.3, most: 15_000)),
    ])

    /// Jobs of one class and exponential lengths.
    package static func exponential(mean: Double) -> JobMix {
        JobMix([Part(Priority(.standard), share: 1, length: .exponential(mean: mean))])
    }

    /// The mean number of words of a job.
    package var meanWords: Double {
        parts.reduce(0) { $0 + $1.share * $1.length.mean } / parts.reduce(0) { $0 + $1.share }
    }

    /// Draws a job's priority and length.
    func draw(_ chance: inout SeededGenerator) -> (priority: Priority, words: Double) {
        var position = chance.unit() * parts.reduce(0) { $0 + $1.share }
        let part = parts.first { part in
            position -= part.share
            return position < 0
        }
        let chosen = part ?? parts[parts.count - 1]
        return (chosen.priority, chosen.length.draw(&chance))
    }
}
