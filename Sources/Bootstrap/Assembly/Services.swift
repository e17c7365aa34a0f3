internal import Environment
internal import Identity
internal import JobSystem
internal import Logging
internal import ServiceLifecycle
internal import TranslationService
internal import Webhooks

/// Takes back lost leases and erases what has been kept long enough.
struct SweeperService: Service {
    let sweeper: JobSweeper

    func run() async throws {
        await cancelWhenGracefulShutdown { await sweeper.run() }
    }
}

/// Tells those who asked for it that their jobs have ended.
struct WebhookService: Service {
    let sender: WebhookSender

    func run() async throws {
        await cancelWhenGracefulShutdown { await sender.run() }
    }
}

/// Does something at intervals. What fails is logged and tried again at the next.
struct PeriodicService: Service {
    let name: String
    let interval: Duration
    let environment: ServiceEnvironment
    let logger: Logger
    let work: @Sendable () async throws -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await work()
                } catch {
                    logger.warning("periodic work failed", metadata: ["work": "\(name)", "error": "\(error)"])
                }
                try? await environment.sleep(interval)
            }
        }
    }
}
