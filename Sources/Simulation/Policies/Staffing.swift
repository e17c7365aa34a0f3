/// From words a second to workers.
struct Staffing: Sendable {
    var wordsPerSecond: Double
    /// Workers in reserve for chance, times the square root of those that are needed: random load varies by the square
    /// root of its size, so that a large fleet needs a smaller share in reserve (Halfin, Whitt 1981).
    var reserve: Double

    func workers(for load: Double) -> Int {
        let needed = max(0, load) / wordsPerSecond
        return Int((needed + reserve * needed.squareRoot()).rounded(.up))
    }
}
