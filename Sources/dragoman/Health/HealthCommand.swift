import ArgumentParser
import AsyncHTTPClient
import Bootstrap
import Foundation
import NIOCore
import NIOHTTP1

/// `dragoman health`: for whatever watches a process and has no other means to ask it, such as a container's health
/// check.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Asks a server whether it is ready to serve requests.",
        discussion: """
            Without an address it asks the server that has the same settings on this machine. Ends with 0 if the server \
            is ready, with 69 if it is not or does not answer.
            """
    )

    @OptionGroup
    var settings: SettingOptions

    @Option(help: "Seconds to wait for the answer.")
    var timeout = 4.0

    @Argument(help: "The server's address, such as http://127.0.0.1:8080.")
    var address: String?

    func validate() throws {
        guard (0.1...600).contains(timeout) else {
            throw ValidationError("--timeout is '\(timeout)', expected 0.1 to 600 seconds.")
        }
    }

    mutating func run() async throws {
        let url = try await readinessURL()
        let timeout = TimeAmount.nanoseconds(Int64(timeout * 1e9))
        let status: UInt
        do {
            var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
            configuration.proxy = nil
            status = try await HTTPClient.withHTTPClient(configuration: configuration) { client in
                let answer = try await client.execute(HTTPClientRequest(url: url), timeout: timeout)
                // Its parts are for people; a hostile answer must not fill the memory of a health check.
                _ = try await answer.body.collect(upTo: 1 << 20)
                return answer.status.code
            }
        } catch {
            throw CommandError(message: "'\(url)' does not answer: \(error)", code: CommandFailure.Code.unavailable)
        }
        guard status == 200 else {
            throw CommandError(
                message: "'\(url)' answers \(status), expected 200.",
                code: CommandFailure.Code.unavailable
            )
        }
        print("ready")
    }

    /// `/health/ready` of the address given, or of the one that `dragoman serve` would listen on.
    private func readinessURL() async throws -> String {
        if let address {
            guard let url = URL(string: address), let scheme = url.scheme, ["http", "https"].contains(scheme),
                url.host() != nil
            else {
                throw ValidationError("The address is '\(address)', expected one like http://127.0.0.1:8080.")
            }
            return url.appending(path: "health/ready").absoluteString
        }
        let values = try await settings.values()
        let host = values(Settings.apiHost)
        let reachable = ["", "0.0.0.0"].contains(host) ? "127.0.0.1" : host == "::" ? "::1" : host
        let written = reachable.contains(":") ? "[\(reachable)]" : reachable
        return "http://\(written):\(values(Settings.apiPort))/health/ready"
    }
}
