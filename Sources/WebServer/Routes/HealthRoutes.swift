internal import Hummingbird
internal import HummingbirdCore

/// `/health`, `/health/live` and `/health/ready`: for people, for whoever restarts the server, and for whoever sends
/// requests to it.
struct HealthRoutes {
    let configuration: WebServerConfiguration
    let monitor: HealthMonitor

    init(services: WebServices, configuration: WebServerConfiguration) {
        self.configuration = configuration
        monitor = HealthMonitor(services.healthChecks, services.environment, services.logger)
    }

    var routes: [Route] {
        [
            .get("/health", .everybody) { _, _ in Response(json: report(await monitor.outcomes())) },
            .get("/health/live", .everybody) { _, _ in Response(json: ["status": "ok"]) },
            .get("/health/ready", .everybody) { _, _ in
                let outcomes = await monitor.outcomes()
                let isReady = outcomes.allSatisfy { $0.isWorking || !$0.isEssential }
                return Response(isReady ? .ok : .serviceUnavailable, json: report(outcomes))
            },
        ]
    }

    private func report(_ outcomes: [HealthMonitor.Outcome]) -> JSONValue {
        [
            "status": .string(outcomes.allSatisfy(\.isWorking) ? "ok" : "degraded"),
            "version": .string(configuration.version),
            "checks": .object(
                JSONObject(outcomes.map { ($0.name, JSONValue.string($0.isWorking ? "ok" : "failed")) })
            ),
        ]
    }
}
