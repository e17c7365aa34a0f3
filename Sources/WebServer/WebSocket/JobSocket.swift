internal import Environment
internal import HTTPTypes
internal import Identity
internal import JobSystem
internal import Logging
internal import NIOHTTP1
internal import NIOWebSocket

/// `/ws/job/{id}`: tells where a job is, first now, then after every change, until it has ended.
///
/// Who may listen is decided after the handshake, so that browsers too learn why not: they see close codes, and no
/// answers to refused handshakes. Closes with 1000 after the end, 4401 without credentials or with a ticket that is used
/// up, 4404 without such a job, 1013 where that cannot be found out at the moment.
struct JobSocket: Sendable {
    let services: WebServices
    let configuration: WebServerConfiguration
    let localMode: LocalMode
    let metrics: RequestMetrics

    private static let unauthenticated = WebSocketErrorCode.unknown(4401)
    private static let unknownJob = WebSocketErrorCode.unknown(4404)
    private static let tryAgainLater = WebSocketErrorCode.unknown(1013)

    /// Who serves the WebSocket that a request asks for; `nil` where there is none, or a web page of another site asks.
    func handler(for head: HTTPRequestHead, peer: String) -> WebSocketHandler? {
        guard !configuration.isMonitoringOnly else { return nil }
        let target = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let segments = (target.first ?? "").split(separator: "/", maxSplits: 8)
        guard segments.count == 3, segments[0] == "ws", segments[1] == "job", isFromAllowedPage(head) else {
            return nil
        }
        let id = PercentEncoding.decode(segments[2]) ?? ""
        let ticket = target.count > 1 ? try? QueryParameters(String(target[1]), known: ["ticket"])["ticket"] : nil
        let address = ClientAddress.resolve(
            peer: peer,
            forwardedFor: head.headers["x-forwarded-for"],
            trusted: configuration.trustedProxies
        )
        let authorization = head.headers["authorization"]
        return { outbound in
            await metrics.withOpenSocket {
                do {
                    let principal = try await principal(authorization, ticket, address)
                    guard principal.scopes.contains(.jobs), let id = JobID(id) else { return Self.unknownJob }
                    return await follow(id, principal.userID, outbound)
                } catch {
                    return Problem(error, logger: services.logger).status == .unauthorized
                        ? Self.unauthenticated : Self.tryAgainLater
                }
            }
        }
    }

    /// Browsers send cookies and local addresses along from any page, so they say which page it is.
    private func isFromAllowedPage(_ head: HTTPRequestHead) -> Bool {
        let host = head.headers.first(name: "host")
        let origin = head.headers.first(name: "origin")
        let origins = CrossOrigin(allowedOrigins: configuration.allowedOrigins)
        guard !localMode.isOn else {
            let fields = head.headers.lazy.map { $0.name.lowercased() }
            return LocalModeGuard.problem(host: host, origin: origin, fields: fields, origins) == nil
        }
        guard let origin else { return true }
        let isOwn = host.map { ["http://\($0)", "https://\($0)"].contains(origin) } ?? false
        return isOwn || origins.allows(origin)
    }

    /// - Throws: whatever `Problem` has an answer for.
    private func principal(_ authorization: [String], _ ticket: String?, _ address: String) async throws -> Principal {
        if let ticket { return try await services.identity.redeem(ticket: ticket) }
        let isLocal = await localMode.isStillOn()
        let authenticator = Authenticator(identity: services.identity)
        return try await authenticator.principal(authorization: authorization, address: address, isLocal: isLocal)
    }

    private func follow(_ id: JobID, _ owner: String, _ outbound: WebSocketOutbound) async -> WebSocketErrorCode {
        do {
            var last: JSONValue?
            for try await event in try await services.jobs.follow(id, owner: owner) {
                let message = TranslationBody.event(event.job)
                // A finished segment need not change anything that is told here.
                guard message != last else { continue }
                try await outbound.send(message.encoded)
                last = message
            }
            return Task.isCancelled ? .goingAway : .normalClosure
        } catch let error as JobError where error.code == .notFound {
            return Self.unknownJob
        } catch {
            // Mostly the client that has gone; otherwise the store.
            services.logger.debug("A WebSocket ended", metadata: ["error": "\(error)"])
            return Self.tryAgainLater
        }
    }
}
