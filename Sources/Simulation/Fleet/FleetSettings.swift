internal import Environment
package import JobSystem

/// What workers are like, and what happens to them.
package struct FleetSettings: Sendable {
    /// Workers that are always there, rented on demand, and workers at most.
    package var minimum = 2
    package var maximum = 24
    /// Of a worker: its slots share it, and work on the job that is due first.
    package var wordsPerSecond = 25.0
    /// Jobs a worker claims at once.
    package var slots = 4
    /// From the order of a worker to its first claim: machine, image, model.
    package var startUpDelay = Duration.seconds(120)
    /// The share of the workers above `minimum` that are spot.
    package var spotShare = 1.0
    /// How often a spot worker is taken away.
    package var interruptionsPerHour = 0.05
    /// The share of interruptions that come without notice: the worker's jobs wait for the end of their leases.
    package var unannouncedShare = 0.1
    /// How long a worker that is to end may go on with its jobs before it hands them back.
    package var drainTimeout = Duration.seconds(20)
    package var lease = Duration.seconds(30)
    /// How often leases that ran out are looked for.
    package var sweepInterval = Duration.seconds(5)
    package var retry = RetryPolicy()
    package var prices = PriceList()

    package init() {}

    /// - Throws: `SimulationError` `.invalidSetting` naming the setting, its value and what was expected.
    func validate() throws(SimulationError) {
        try SimulationError.check(Double(maximum), "highest number of workers", 1...500)
        try SimulationError.check(Double(minimum), "lowest number of workers", 1...Double(maximum))
        try SimulationError.check(wordsPerSecond, "number of words a second", 0.001...1e9)
        try SimulationError.check(Double(slots), "number of slots", 1...1024)
        try SimulationError.check(startUpDelay / .seconds(1), "start-up delay in seconds", 0...86_400)
        try SimulationError.check(spotShare, "share of spot workers", 0...1)
        try SimulationError.check(interruptionsPerHour, "number of interruptions an hour", 0...3600)
        try SimulationError.check(unannouncedShare, "share of unannounced interruptions", 0...1)
        try SimulationError.check(drainTimeout / .seconds(1), "time to drain in seconds", 0...86_400)
        try SimulationError.check(lease / .seconds(1), "lease in seconds", 0.001...86_400)
        try SimulationError.check(prices.dollarsPerHour, "price an hour", 0...1e6)
        try SimulationError.check(prices.spotDiscount, "discount of spot workers", 0...1)
    }
}
