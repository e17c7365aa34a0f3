internal import Environment
internal import Foundation
internal import JobSystem
internal import Logging
internal import ServiceLifecycle
internal import Storage
internal import WebServer

/// The part of a process that works off jobs: the worker, and the word it gives of itself to the others.
struct WorkerAssembly {
    let worker: WorkerLoop
    /// In the order in which they start.
    let services: [any Service]

    /// - Parameter makeWorker: the worker of a configuration.
    init(
        _ settings: SettingValues,
        _ installation: Installation,
        kinds: [String],
        languages: () -> LanguageCoverage,
        _ logger: Logger,
        makeWorker: (WorkerLoop.Configuration) -> WorkerLoop
    ) throws {
        var configuration = WorkerLoop.Configuration(name: Self.name)
        configuration.concurrency = settings(Settings.concurrency)
        configuration.lease = settings(Settings.lease)
        configuration.classes = settings(Settings.workerClasses)
        configuration.kinds = kinds
        // Nobody else could do what a worker on its own leaves.
        configuration.languages = try installation.choice.postgres == nil ? nil : languages()
        configuration.drainTimeout = settings(Settings.shutdownTimeout) / 2
        configuration.stopTimeout = min(configuration.stopTimeout, settings(Settings.shutdownTimeout) / 4)
        worker = makeWorker(configuration)
        services = [
            WorkerRegistration(
                worker: worker,
                registry: SQLWorkerRegistry(installation.database),
                environment: installation.environment,
                logger: logger
            ),
            WorkerService(worker: worker),
        ]
    }

    /// Fails while as many handlers as the worker has slots hang: it works on, but on what they have left it.
    var healthCheck: HealthCheck {
        HealthCheck("worker", isEssential: false) { [worker] in
            guard worker.abandonedHandlers >= worker.concurrency else { return }
            throw JobError(
                .unavailable,
                "\(worker.abandonedHandlers) jobs do not end though they were told to; restart the process."
            )
        }
    }

    /// Different for every process that is alive: of this machine by its number, of others by the machine's name.
    private static var name: String {
        "\(ProcessInfo.processInfo.hostName)-\(ProcessInfo.processInfo.processIdentifier)"
    }
}

/// Works off jobs until the process is to end; then finishes them or gives them back.
private struct WorkerService: Service {
    let worker: WorkerLoop

    func run() async throws {
        await withGracefulShutdownHandler {
            await worker.run()
        } onGracefulShutdown: {
            worker.stop()
        }
    }
}

/// Tells the others that the worker is there, until it ends. It ends after the worker, which it is started before.
private struct WorkerRegistration: Service {
    let worker: WorkerLoop
    let registry: SQLWorkerRegistry
    let environment: ServiceEnvironment
    let logger: Logger

    func run() async throws {
        let start = environment.now()
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await registry.announce(worker.record(startedAt: start, at: environment.now()))
                } catch {
                    logger.warning("the worker could not be announced", metadata: ["error": "\(error)"])
                }
                try? await environment.sleep(WorkerRecord.interval)
            }
        }
        // Whoever looks next must not wait for its silence.
        try? await registry.remove(worker.name)
    }
}
