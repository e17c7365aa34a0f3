internal import Blobs
internal import Foundation
internal import PostgreSQL
internal import RabbitMQ
internal import Redis
internal import Storage
internal import TranslationService
internal import WebServer

/// What is wrong with values that have the right form: addresses above all. Each check answers with a sentence that repeats
/// no secret, or with nil; nothing is connected to, and no file is read.
enum SettingChecks {
    @Sendable static func database(_ text: String) -> String? {
        if text.isEmpty { return nil }
        if text.hasPrefix("sqlite:") {
            return text.drop { $0 != ":" }.dropFirst().isEmpty ? "it names no file, expected 'sqlite:PATH'." : nil
        }
        guard PostgresAddress.isAddress(text) else {
            return """
                it begins with '\(text.prefix { $0 != ":" }.prefix(20)):', expected \
                'postgres://USER:PASSWORD@HOST/DATABASE', 'sqlite:PATH', or nothing for a file in data_dir.
                """
        }
        return refusal { _ = try PostgresAddress(text) }
    }

    @Sendable static func rabbit(_ text: String) -> String? {
        text.isEmpty ? nil : refusal { _ = try RabbitMQAddress(text) }
    }

    @Sendable static func redis(_ text: String) -> String? {
        text.isEmpty ? nil : refusal { _ = try RedisAddress(text) }
    }

    @Sendable static func objectStore(_ text: String) -> String? {
        text.isEmpty ? nil : refusal { _ = try S3Endpoint(text) }
    }

    @Sendable static func network(_ text: String) -> String? {
        guard AddressRange(text) == nil else { return nil }
        return "it has '\(text.prefix(100))', expected an address such as 10.0.0.1 or a network such as 10.0.0.0/8."
    }

    /// Browsers send origins as scheme, host in small letters, and a port that is not the scheme's own; nothing else ever
    /// matches.
    @Sendable static func origin(_ text: String) -> String? {
        guard text != "*" else { return nil }
        if let parts = URLComponents(string: text), let scheme = parts.scheme, let host = parts.encodedHost,
            ["http", "https"].contains(scheme), !host.isEmpty,
            text == "\(scheme)://\(host.lowercased())" + (parts.port.map { ":\($0)" } ?? "")
        {
            return nil
        }
        return "it has '\(text.prefix(100))', expected an origin such as https://app.example.org without a path, or *."
    }

    @Sendable static func simulatedFailure(_ text: String) -> String? {
        guard SimulatedFailures.Kind(rawValue: text) == nil else { return nil }
        let known = SimulatedFailures.Kind.allCases.map(\.rawValue).joined(separator: ", ")
        return "it has '\(text.prefix(100))', expected \(known)."
    }

    private static func refusal(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch let error as StorageError {
            return error.message
        } catch let error as RabbitMQError {
            return error.message
        } catch let error as RedisError {
            return error.message
        } catch let error as BlobError {
            return error.message
        } catch {
            return "\(error)"
        }
    }
}
