internal import Environment
internal import Hummingbird

/// Every operation of the API, and the router that serves them.
struct RouteTable {
    let routes: [Route]
    let index: RouteIndex
    private let services: WebServices
    private let configuration: WebServerConfiguration
    private let metrics: RequestMetrics
    private let localMode: LocalMode

    init(
        _ services: WebServices,
        _ configuration: WebServerConfiguration,
        _ metrics: RequestMetrics,
        _ localMode: LocalMode
    ) {
        self.services = services
        self.configuration = configuration
        self.metrics = metrics
        self.localMode = localMode
        let bodies = BodyReader(
            bytes: configuration.bodyBytes,
            time: TimeLimit(configuration.bodyTimeout, services.environment),
            rooms: BodyRooms(
                bytes: configuration.bodyMemory,
                patience: TimeLimit(configuration.bodyPatience, services.environment)
            )
        )
        let tasks = TextTaskReader(services: services, bodies: bodies)
        let submission = JobSubmitter(services: services, configuration: configuration)
        let monitoring =
            HealthRoutes(services: services, configuration: configuration).routes
            + MetricsRoutes(services: services).routes
        let others =
            WebAppRoutes().routes
            + DocumentationRoutes().routes
            + AuthenticationRoutes(services: services, bodies: bodies.small).routes
            + KeyRoutes(services: services, bodies: bodies.small).routes
            + AccountRoutes(services: services).routes
            + LanguageRoutes(services: services, bodies: bodies).routes
            + TranslateRoutes(services: services, tasks: tasks).routes
            + TranslationRoutes(services: services, tasks: tasks, submission: submission).routes
            + EventRoutes(services: services, configuration: configuration).routes
            + NoteRoutes(services: services, configuration: configuration, bodies: bodies).routes
            + AdminJobRoutes(services: services).routes
            + AdminModelRoutes(services: services).routes
            + AdminUserRoutes(services: services, bodies: bodies.small).routes
        routes = configuration.isMonitoringOnly ? monitoring : monitoring + others
        var index = RouteIndex()
        for route in routes { index.add(route.template, route.method.rawValue) }
        self.index = index
    }

    /// The middleware around all routes, the outermost first, and behind it the routes, each behind its access control.
    func router() -> Router<ServerContext> {
        let router = Router(context: ServerContext.self, options: .autoGenerateHeadEndpoints)
        let environment = services.environment
        router.add(middleware: LongRequests())
        router.add(middleware: RequestIdentity(trustedProxies: configuration.trustedProxies, environment: environment))
        router.add(middleware: RequestLog(metrics: metrics, routes: index, environment: environment))
        router.add(middleware: SecurityHeaders())
        let origins = CrossOrigin(allowedOrigins: configuration.allowedOrigins)
        router.add(middleware: origins)
        router.add(middleware: ProblemMiddleware(routes: index))
        if localMode.isOn { router.add(middleware: LocalModeGuard(localMode: localMode, origins: origins)) }
        for route in routes { add(route, to: router) }
        return router
    }

    private func add(_ route: Route, to router: Router<ServerContext>) {
        let group = router.group()
        switch route.access {
        case .everybody: break
        case .scope, .signedIn:
            let authenticator = Authenticator(identity: services.identity)
            let control = AccessControl(
                access: route.access,
                isCounted: route.isCounted,
                authenticator: authenticator,
                identity: services.identity
            )
            group.add(middleware: control)
        }
        group.on(RouterPath(route.template), method: route.method, use: route.handler)
    }
}
