/// What the theory of queues says about Poisson arrivals, exponential service and equal servers.
enum Theory {
    /// Erlang's C formula: the probability that an arrival has to wait, by Erlang's B formula in its recursive form.
    /// - Parameter load: arrivals per second times seconds of service, less than `servers`.
    static func waitingProbability(servers: Int, load: Double) -> Double {
        let blocking = (1...servers).reduce(1.0) { blocking, server in
            load * blocking / (Double(server) + load * blocking)
        }
        let share = load / Double(servers)
        return blocking / (1 - share + share * blocking)
    }

    /// The mean wait in units of the mean service time.
    static func meanWait(servers: Int, load: Double) -> Double {
        waitingProbability(servers: servers, load: load) / (Double(servers) - load)
    }
}
