internal import Environment
internal import Hummingbird
internal import HummingbirdCore
internal import Logging

/// `/health`, `/health/live` and `/health/ready`: for people, for whoever restarts the server, and for whoever sends
/// requests to it.
struct HealthRoutes {
    let services: WebServices
    let configuration: WebServerConfiguration

    /// Of each check, in their order: a log gets a line when one begins to fail and when it works again.
    private let streaks: [FailureStreak]

    /// Of each check.
    private let time: TimeLimit

    init(services: WebServices, configuration: WebServerConfiguration) {
        self.services = services
        self.configuration = configuration
        time = TimeLimit(.seconds(1), services.environment)
        streaks = services.healthChecks.map { _ in FailureStreak() }
    }

    var routes: [Route] {
        [
            .get("/health", .everybody) { _, context in
                let outcomes = await outcomes(context.logger)
                return Response(json: report(outcomes))
            },
            .get("/health/live", .everybody) { _, _ in Response(json: ["status": "ok"]) },
            .get("/health/ready", .everybody) { _, context in
                let outcomes = await outcomes(context.logger)
                let isReady = outcomes.allSatisfy { $0.isWorking || !$0.check.isEssential }
                return Response(isReady ? .ok : .serviceUnavailable, json: report(outcomes))
            },
        ]
    }

    private func report(_ outcomes: [(check: HealthCheck, isWorking: Bool)]) -> JSONValue {
        let checks = outcomes.map { ($0.check.name, JSONValue.string($0.isWorking ? "ok" : "failed")) }
        return [
            "status": .string(outcomes.allSatisfy(\.isWorking) ? "ok" : "degraded"),
            "version": .string(configuration.version),
            "checks": .object(JSONObject(checks)),
        ]
    }

    /// Why something does not work goes to the log only.
    private func note(_ index: Int, _ failure: String?, _ logger: Logger) {
        let name = Logger.MetadataValue.string(services.healthChecks[index].name)
        if let failure {
            guard streaks[index].fail() else { return }
            logger.warning("Not healthy", metadata: ["check": name, "error": .string(failure)])
        } else if streaks[index].succeed() {
            logger.notice("Healthy again", metadata: ["check": name])
        }
    }

    /// Asks all at once.
    private func outcomes(_ logger: Logger) async -> [(check: HealthCheck, isWorking: Bool)] {
        let checks = services.healthChecks
        return await withTaskGroup(of: (Int, Bool).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask {
                    do {
                        let isInTime = try await time.run {
                            try await check.check()
                            return true
                        }
                        note(index, isInTime == true ? nil : "no answer within \(time.limit)", logger)
                        return (index, isInTime ?? false)
                    } catch {
                        note(index, "\(error)", logger)
                        return (index, false)
                    }
                }
            }
            let working = await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
            return checks.enumerated().map { ($0.element, working[$0.offset] ?? false) }
        }
    }
}
