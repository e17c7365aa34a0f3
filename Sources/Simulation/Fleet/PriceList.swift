/// What a worker costs.
package struct PriceList: Hashable, Sendable {
    /// A kind of machine to rent.
    package enum Machine: String, CaseIterable, Sendable {
        /// One NVIDIA T4.
        case g4dn = "g4dn.xlarge"
        /// One NVIDIA V100.
        case p3 = "p3.2xlarge"
        /// Eight processors, no accelerator.
        case c5 = "c5.2xlarge"

        /// US dollars an hour, on demand.
        package var dollarsPerHour: Double {
            switch self {
            case .g4dn: 0.526
            case .p3: 3.06
            case .c5: 0.34
            }
        }
    }

    /// How a worker is rented.
    package enum Purchase: String, Sendable {
        /// Ours until we give it back.
        case onDemand
        /// Cheaper, and may be taken away at any time.
        case spot
    }

    /// US dollars an hour, on demand.
    package var dollarsPerHour = Machine.g4dn.dollarsPerHour
    /// The share of that which spot workers save.
    package var spotDiscount = 0.7
    /// A worker is paid for by the second, but never for less than this.
    package var shortestCharge = Duration.seconds(60)

    package init() {}

    /// US dollars for a worker that was held that long, from the order to the end.
    package func dollars(for seconds: Double, _ purchase: Purchase) -> Double {
        let charged = max(seconds, shortestCharge / .seconds(1))
        let price = purchase == .spot ? dollarsPerHour * (1 - spotDiscount) : dollarsPerHour
        return charged / 3600 * price
    }
}
