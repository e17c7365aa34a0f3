internal import Environment
internal import Hummingbird
internal import HummingbirdCore
internal import Logging

/// `/health`, `/health/live` and `/health/ready`: for people, for whoever restarts the server, and for whoever sends
/// requests to it.
struct HealthRoutes {
    let services: WebServices
    let configuration: WebServerConfiguration

    private static let patience = Duration.seconds(1)

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

    /// Asks all at once. Why something does not work goes to the log only.
    private func outcomes(_ logger: Logger) async -> [(check: HealthCheck, isWorking: Bool)] {
        let checks = services.healthChecks
        let environment = services.environment
        return await withTaskGroup(of: (Int, Bool).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask {
                    do {
                        let isInTime = try await withDeadline(Self.patience, environment) {
                            try await check.check()
                            return true
                        }
                        return (index, isInTime ?? false)
                    } catch {
                        logger.warning("Not healthy", metadata: ["check": .string(check.name), "error": "\(error)"])
                        return (index, false)
                    }
                }
            }
            let working = await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
            return checks.enumerated().map { ($0.element, working[$0.offset] ?? false) }
        }
    }
}
