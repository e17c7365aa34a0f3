import ArgumentParser
import Simulation

/// What the workers of a simulation are like.
struct FleetOptions: ParsableArguments {
    private static let standard = FleetSettings()

    @Option(name: .customLong("min-workers"), help: "Workers at least; these are rented on demand.")
    var minimum = standard.minimum

    @Option(name: .customLong("max-workers"), help: "Workers at most.")
    var maximum = standard.maximum

    @Option(name: .customLong("words-per-second"), help: "Words that a worker translates in a second.")
    var wordsPerSecond = standard.wordsPerSecond

    @Option(help: "Jobs that a worker claims at once.")
    var slots = standard.slots

    @Option(name: .customLong("start-up-delay"), help: "Seconds from ordering a worker to its first job.")
    var startUpDelay = standard.startUpDelay / .seconds(1)

    @Option(name: .customLong("spot-share"), help: "Share of spot among the workers above the lowest number.")
    var spotShare = standard.spotShare

    @Option(name: .customLong("interruptions-per-hour"), help: "How often a spot worker is taken away.")
    var interruptionsPerHour = standard.interruptionsPerHour

    @Option(name: .customLong("unannounced-share"), help: "Share of the interruptions without notice.")
    var unannouncedShare = standard.unannouncedShare

    @Option(help: "Machine whose price counts.")
    var machine = PriceList.Machine.g4dn

    @Option(
        name: .customLong("price-per-hour"),
        help: "US dollars for a worker's hour on demand, instead of the machine's."
    )
    var pricePerHour: Double?

    @Option(name: .customLong("spot-discount"), help: "Share of the price that spot workers save.")
    var spotDiscount = standard.prices.spotDiscount

    func validate() throws {
        guard (0...86_400).contains(startUpDelay) else {
            throw ValidationError("--start-up-delay is \(startUpDelay), expected 0 to 86400 seconds.")
        }
    }

    /// As they are given; a `Scenario` checks the other ranges.
    var settings: FleetSettings {
        var settings = FleetSettings()
        settings.minimum = minimum
        settings.maximum = maximum
        settings.wordsPerSecond = wordsPerSecond
        settings.slots = slots
        settings.startUpDelay = .seconds(startUpDelay)
        settings.spotShare = spotShare
        settings.interruptionsPerHour = interruptionsPerHour
        settings.unannouncedShare = unannouncedShare
        settings.prices.dollarsPerHour = pricePerHour ?? machine.dollarsPerHour
        settings.prices.spotDiscount = spotDiscount
        return settings
    }
}

extension PriceList.Machine: ExpressibleByArgument {}
