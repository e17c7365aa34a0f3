internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// Answers the requests of one connection.
final class FaultyHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: FaultyServer
    private var head: HTTPRequestHead?

    private static let piece = 8192

    init(server: FaultyServer) { self.server = server }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end: if let head { answer(head, context) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let path = String(head.uri.prefix { $0 != "?" })
        let (number, resource, fault) = server.state.withLock { state in
            state.requests.append(
                .init(
                    path: path,
                    range: head.headers.first(name: "Range"),
                    ifRange: head.headers.first(name: "If-Range")
                )
            )
            let isFaulty = state.faults[path]?.isEmpty == false
            let fault = isFaulty ? state.faults[path]?.removeFirst() : nil
            return (state.requests.count - 1, state.resources[path], fault ?? .none)
        }
        if case .status(let code, let headers) = fault {
            return send(Answer(status: code, headers: HTTPHeaders(headers.map { ($0.key, $0.value) })), number, context)
        }
        guard let resource else { return send(Answer(status: 404), number, context) }
        send(Answer(to: head, resource, fault), number, context)
    }

    private func send(_ answer: Answer, _ number: Int, _ context: ChannelHandlerContext) {
        var headers = answer.headers
        if let length = answer.length { headers.replaceOrAdd(name: "Content-Length", value: "\(length)") }
        if answer.closes { headers.replaceOrAdd(name: "Connection", value: "close") }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        sendBody(answer, from: 0, number, context)
    }

    /// Sends piece after piece, each when the one before has gone out.
    private func sendBody(_ answer: Answer, from start: Int, _ number: Int, _ context: ChannelHandlerContext) {
        let end = min(answer.body.count, start + Self.piece, answer.stop.map { max($0, start) } ?? .max)
        guard start < end else { return finishBody(answer, at: start, number, context) }
        let piece = context.channel.allocator.buffer(bytes: answer.body.dropFirst(start).prefix(end - start))
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(piece)))).whenSuccess {
            let (handler, context) = bound.value
            handler.server.noteSent(end - start, request: number)
            handler.sendBody(answer, from: end, number, context)
        }
    }

    private func finishBody(_ answer: Answer, at place: Int, _ number: Int, _ context: ChannelHandlerContext) {
        if answer.pauses, place == answer.stop {
            var rest = answer
            rest.stop = nil
            let bound = NIOLoopBound((self, context, rest), eventLoop: context.eventLoop)
            let eventLoop = context.eventLoop
            return server.state.withLock { state in
                state.paused.append {
                    eventLoop.execute {
                        let (handler, context, rest) = bound.value
                        handler.sendBody(rest, from: place, number, context)
                    }
                }
            }
        }
        // A body cut short: without its end, and the connection closed.
        if answer.stop != nil { return context.close(promise: nil) }
        let end = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        guard answer.closes else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        end.whenComplete { _ in bound.value.close(promise: nil) }
    }
}

/// An answer as it goes out.
private struct Answer {
    var status: Int
    var headers = HTTPHeaders()
    var body = Data()
    /// What is said of the body's length.
    var length: Int?
    /// Where the body stops or pauses.
    var stop: Int?
    var pauses = false
    var closes = false

    init(status: Int, headers: HTTPHeaders = [:]) {
        self.status = status
        self.headers = headers
        length = 0
    }

    init(to request: HTTPRequestHead, _ resource: FaultyServer.Resource, _ fault: FaultyServer.Fault) {
        status = 200
        body = resource.data
        if let tag = resource.entityTag { headers.add(name: "ETag", value: tag) }
        if let time = resource.lastModified { headers.add(name: "Last-Modified", value: time) }
        takePart(request, resource, fault)
        length = resource.isChunked ? nil : body.count
        switch fault {
        case .drop(let count): stop = count
        case .pause(let count): (stop, pauses) = (count, true)
        case .announce(let count): (length, closes) = (count, true)
        case .header(let name, let value): headers.replaceOrAdd(name: name, value: value)
        case .ignoreRange, .shiftRange, .status, .none: break
        }
    }

    /// Cuts the body to the range that was asked for, as RFC 9110 has it.
    private mutating func takePart(
        _ request: HTTPRequestHead,
        _ resource: FaultyServer.Resource,
        _ fault: FaultyServer.Fault
    ) {
        guard let range = request.headers.first(name: "Range"), range.hasPrefix("bytes="), range.hasSuffix("-"),
            var start = Int(range.dropFirst(6).dropLast())
        else { return }
        if case .ignoreRange = fault { return }
        if let validator = request.headers.first(name: "If-Range"),
            validator != resource.entityTag, validator != resource.lastModified
        {
            return
        }
        if case .shiftRange(let difference) = fault { start += difference }
        guard start < body.count else {
            headers.add(name: "Content-Range", value: "bytes */\(body.count)")
            (status, body) = (416, Data())
            return
        }
        headers.add(name: "Content-Range", value: "bytes \(start)-\(body.count - 1)/\(body.count)")
        (status, body) = (206, body.dropFirst(start))
    }
}
