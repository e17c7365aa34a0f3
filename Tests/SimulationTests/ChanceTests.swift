import Simulation
import Testing

struct ChanceTests {
    @Test("The same seed gives the same numbers, another seed or stream others")
    func seeds() {
        func numbers(_ seed: UInt64, _ stream: UInt64 = 0) -> [UInt64] {
            var chance = SeededGenerator(seed: seed, stream: stream)
            return (0..<8).map { _ in chance.next() }
        }
        #expect(numbers(1) == numbers(1))
        #expect(numbers(1) != numbers(2))
        #expect(numbers(1, 1) != numbers(1, 2))
    }

    @Test("Numbers have the mean and the variance of their distribution")
    func moments() {
        var chance = SeededGenerator(seed: 11)
        func moments(_ draw: (inout SeededGenerator) -> Double) -> (mean: Double, variance: Double) {
            let values = (0..<200_000).map { _ in draw(&chance) }
            let mean = values.reduce(0, +) / 200_000
            return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 200_000)
        }
        for (found, mean, variance) in [
            (moments { $0.unit() }, 0.5, 1.0 / 12), (moments { $0.exponential() }, 1, 1),
            (moments { $0.normal() }, 0, 1),
        ] {
            #expect(abs(found.mean - mean) < 0.01)
            #expect(abs(found.variance / variance - 1) < 0.03)
        }
    }
}
