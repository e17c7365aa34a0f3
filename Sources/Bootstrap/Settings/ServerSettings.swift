internal import Environment
internal import Foundation
internal import Identity
internal import PostgreSQL

/// What a server needs of its settings beside possible values: that they fit together, and that what they name is there.
package enum ServerSettings {
    /// Everything that is wrong, before anything is opened, made or connected to. Settings that were refused already are
    /// left out.
    package static func problems(_ values: SettingValues) async -> [String] {
        await [sharing(values), models(values), key(values)].flatMap(\.self)
    }

    /// What only makes sense where several processes share a database.
    private static func sharing(_ values: SettingValues) -> [String] {
        guard !values.refused.contains(Settings.databaseURL.name) else { return [] }
        let isShared = PostgresAddress.isAddress(values(Settings.databaseURL))
        if isShared {
            // Tokens of one process would be worth nothing to the others.
            return values(Settings.secretKey).isEmpty
                ? ["secret_key is missing, expected one that all processes with this PostgreSQL database share."] : []
        }
        var problems: [String] = []
        for setting in [Settings.rabbitURL, Settings.redisURL] where !values(setting).isEmpty {
            problems.append(
                """
                \(setting.name) is set and database_url names no PostgreSQL database, expected one: with SQLite there is \
                one process, and nothing to share.
                """
            )
        }
        if values(Settings.role) == .worker {
            problems.append(
                "role is 'worker' and database_url names no PostgreSQL database, expected the one that the server uses."
            )
        }
        return problems
    }

    private static func models(_ values: SettingValues) -> [String] {
        let path = values(Settings.modelPath)
        guard values(Settings.engine) == .neural, !values.refused.contains(Settings.modelPath.name) else { return [] }
        var isFolder: ObjCBool = false
        guard !FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) || !isFolder.boolValue else {
            return []
        }
        return [
            """
            model_path is '\(path)', which is no folder, expected one with at least one model in it; 'dragoman models \
            install' gets one.
            """
        ]
    }

    /// What tokens are signed with.
    private static func key(_ values: SettingValues) async -> [String] {
        let file = values(Settings.jwtKeyFile)
        guard !file.isEmpty else {
            let length = values(Settings.secretKey).utf8.count
            guard length > 0, length < TokenKey.smallestSecret else { return [] }
            return ["secret_key has \(length) bytes, expected at least \(TokenKey.smallestSecret) random ones."]
        }
        do {
            let key = try TokenKey.read(file)
            _ = try await TokenIssuer(key: key, lifetime: values(Settings.jwtExpiry), environment: .live)
            return []
        } catch let error as ConfigurationError {
            return error.problems
        } catch {
            return ["jwt_key_file '\(file)': \((error as? IdentityError)?.message ?? "\(error)")"]
        }
    }
}

extension TokenKey {
    /// The private key in a file.
    /// - Throws: `ConfigurationError` for what cannot be read; whether it is a key is not looked at.
    static func read(_ file: String) throws -> TokenKey {
        guard let pem = FileManager.default.contents(atPath: file), pem.count <= 64 << 10 else {
            throw ConfigurationError(problems: [
                "jwt_key_file '\(file)' cannot be read, expected a private key in PEM."
            ])
        }
        return .pem(String(decoding: pem, as: UTF8.self))
    }
}
